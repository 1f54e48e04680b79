/// What a model computes on the way, with the names and meanings of transformers: loss, logits, hidden states,
/// attentions, and the same of the vision tower, from GGUF weights of any quantization. A
/// [io.vlm4j.forward.ForwardPass]
/// evaluates a [io.vlm4j.processing.ForwardInput] and gives a [io.vlm4j.forward.ForwardOutput] with what was asked for.
@NullMarked
package io.vlm4j.forward;

import org.jspecify.annotations.NullMarked;
