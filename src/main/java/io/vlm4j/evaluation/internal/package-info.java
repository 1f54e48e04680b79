/// Logits as probabilities, and sequences of tokens whose probabilities count.
@NullMarked
package io.vlm4j.evaluation.internal;

import org.jspecify.annotations.NullMarked;
