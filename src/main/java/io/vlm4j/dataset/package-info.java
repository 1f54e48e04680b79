/// Examples to train and to evaluate on, read from files as they are needed: a [Dataset][io.vlm4j.dataset.Dataset] of
/// [VisionExample][io.vlm4j.dataset.VisionExample], from parquet, JSON and folders of pictures
/// ([VisionDataset][io.vlm4j.dataset.VisionDataset]). Knows no models and needs no native code unless pictures are
/// decoded.
@NullMarked
package io.vlm4j.dataset;

import org.jspecify.annotations.NullMarked;
