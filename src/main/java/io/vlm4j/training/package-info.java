/// Trains vision-language models in the JVM: a projector alone, adapters (LoRA) over frozen weights of any
/// quantization, or the whole decoder.
///
/// Start with [io.vlm4j.training.SftTrainer], which reads like TRL's.
@NullMarked
package io.vlm4j.training;

import org.jspecify.annotations.NullMarked;
