package io.vlm4j.processing.internal;

import io.vlm4j.media.ImageInput;
import io.vlm4j.tensor.Tensor;

/// Prepared pixels as inputs.
public final class Squares {
    private Squares() {}

    /// @param pixels U8 `[height, width, 3]`
    public static ImageInput image(Tensor pixels) {
        int height = Math.toIntExact(pixels.shape().dim(0));
        int width = Math.toIntExact(pixels.shape().dim(1));
        return ImageInput.ofRgb(width, height, pixels.segment());
    }
}
