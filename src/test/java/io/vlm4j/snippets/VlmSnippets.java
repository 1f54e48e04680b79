package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

// @start region="ask"
import io.vlm4j.generation.Generation;
import io.vlm4j.media.ImageInput;
import io.vlm4j.vlm.Vlm;
import java.nio.file.Path;
// @end
