/// Evaluating tokens and pictures: a context with its memory of what was evaluated, and the logits that follow.
/// One context is one conversation's memory; the layer below text generation.
@NullMarked
package io.vlm4j.inference;

import org.jspecify.annotations.NullMarked;
