/// Inputs of a forward pass as transformers makes them: pictures as pixel values
/// ([ImageProcessor][io.vlm4j.processing.ImageProcessor]), text with its image positions and batches with padding
/// ([Processor][io.vlm4j.processing.Processor]), and the checked result
/// ([ForwardInput][io.vlm4j.processing.ForwardInput]).
@NullMarked
package io.vlm4j.processing;

import org.jspecify.annotations.NullMarked;
