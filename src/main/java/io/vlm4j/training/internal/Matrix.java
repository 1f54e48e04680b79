package io.vlm4j.training.internal;

import io.vlm4j.natives.ggml.GraphTensor;
import org.jspecify.annotations.Nullable;

/// Weights that rows are multiplied with, or that are added to them.
///
/// @param stored  where they are, in any type of ggml
/// @param plain   whether that is F32
/// @param trained what they belong to when they are trained, else null
record Matrix(GraphTensor stored, boolean plain, @Nullable Trainable trained) {
    static Matrix of(Trainable trained) {
        return new Matrix(trained.weights(), true, trained);
    }
}
