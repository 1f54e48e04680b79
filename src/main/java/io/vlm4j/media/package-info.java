/// Pictures and sounds as inputs: where they come from, what they may cost, and what they are decoded to; no model
/// knowledge. Start reading at [ImageInput][io.vlm4j.media.ImageInput] and [AudioInput][io.vlm4j.media.AudioInput].
@NullMarked
package io.vlm4j.media;

import org.jspecify.annotations.NullMarked;
