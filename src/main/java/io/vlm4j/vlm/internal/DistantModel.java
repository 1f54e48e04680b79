package io.vlm4j.vlm.internal;

import io.vlm4j.vlm.VisionLanguageModel;

/// A model that is not in this process. Slices above implement it; applications cannot.
public non-sealed interface DistantModel extends VisionLanguageModel {}
