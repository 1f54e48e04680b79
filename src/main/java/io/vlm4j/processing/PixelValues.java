package io.vlm4j.processing;

import io.vlm4j.media.ImageInput;
import io.vlm4j.processing.internal.Squares;
import io.vlm4j.tensor.Tensor;

/// Pictures as an [ImageProcessor] leaves them, twice: as the numbers that a vision tower computes with, and as the
/// 8-bit pixels that they were made of. On the heap; immutable.
///
/// @param values `F32` `[images, 3, height, width]`: red, green and blue planes, normalised
/// @param pixels `U8` `[images, height, width, 3]`
public record PixelValues(Tensor values, Tensor pixels) {
    /// The number of pictures.
    public int images() {
        return Math.toIntExact(values.shape().dim(0));
    }

    /// One of the pictures as an input that has the tower's own size, so that llama.cpp computes with exactly these
    /// [#values] of it.
    ///
    /// @throws IndexOutOfBoundsException when there is no such picture
    public ImageInput image(int index) {
        return Squares.image(pixels.slice(index));
    }
}
