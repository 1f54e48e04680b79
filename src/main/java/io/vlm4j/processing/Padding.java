package io.vlm4j.processing;

import io.vlm4j.tensor.Tensor;

/// On which side the shorter examples of a batch are filled up.
public enum Padding {
    /// Behind the text, as in training.
    RIGHT,
    /// Before the text, as in generation.
    LEFT;

    /// Positions that count what a mask of `[batch, length]` lets through, as transformers' `generate()` has them:
    /// the running sum less one, and 0 in front.
    static Tensor positions(Tensor mask) {
        int[] values = mask.toIntArray();
        int length = Math.toIntExact(mask.shape().dim(1));
        int position = 0;
        for (int i = 0; i < values.length; i++) {
            if (i % length == 0) {
                position = 0;
            }
            position += values[i];
            values[i] = Math.max(0, position - 1);
        }
        return Tensor.ofInts(mask.shape(), values);
    }
}
