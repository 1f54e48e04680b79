/// Makes GGUF files from Hugging Face checkpoints: text models and projectors that llama.cpp reads as well, and
/// files of our own for architectures that it has not. Start with [io.vlm4j.conversion.Conversion].
@NullMarked
package io.vlm4j.conversion;

import org.jspecify.annotations.NullMarked;
