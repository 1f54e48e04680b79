/// Pictures as inputs: where they come from, what they may cost, and their decoded pixels; no model knowledge.
/// Start reading at [ImageInput][io.vlm4j.media.ImageInput].
@NullMarked
package io.vlm4j.media;

import org.jspecify.annotations.NullMarked;
