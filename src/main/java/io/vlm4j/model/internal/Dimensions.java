package io.vlm4j.model.internal;

import io.vlm4j.gguf.GgufTensor;

/// The size of a tensor as llama.cpp compares it: four dimensions, innermost first, those that the file does not list
/// being 1.
record Dimensions(long ne0, long ne1, long ne2, long ne3) {
    static Dimensions of(GgufTensor tensor) {
        return new Dimensions(dimension(tensor, 0), dimension(tensor, 1), dimension(tensor, 2), dimension(tensor, 3));
    }

    private static long dimension(GgufTensor tensor, int fromInside) {
        int axis = tensor.shape().rank() - 1 - fromInside;
        return axis < 0 ? 1 : tensor.shape().dim(axis);
    }
}
