/// Inputs of a forward pass as transformers makes them: pictures as pixel values, text with its image positions,
/// batches with padding, and the checked result ([ForwardInput][io.vlm4j.processing.ForwardInput]).
@NullMarked
package io.vlm4j.processing;

import org.jspecify.annotations.NullMarked;
