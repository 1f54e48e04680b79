/// How good a model is, in numbers: perplexity and answer accuracy over a dataset ([Evaluation]), and how far a
/// quantization has moved from the weights that it was made of ([ModelComparison]).
@NullMarked
package io.vlm4j.evaluation;

import org.jspecify.annotations.NullMarked;
