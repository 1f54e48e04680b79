package io.vlm4j.training.internal;

import io.vlm4j.natives.ggml.GraphTensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Rows in a graph, and their gradient once it is known.
final class Value {
    private final GraphTensor tensor;
    private final boolean wanted;
    private @Nullable GraphTensor gradient;
    private @Nullable GraphTensor turned;

    /// @param wanted whether anything that is trained depends on the gradient
    Value(GraphTensor tensor, boolean wanted) {
        this.tensor = tensor;
        this.wanted = wanted;
    }

    GraphTensor tensor() {
        return tensor;
    }

    boolean wanted() {
        return wanted;
    }

    @Nullable
    GraphTensor gradient() {
        return gradient;
    }

    /// The rows as columns, once somebody needed them.
    @Nullable
    GraphTensor turned() {
        return turned;
    }

    void setTurned(GraphTensor columns) {
        turned = Objects.requireNonNull(columns);
    }

    void setGradient(GraphTensor sum) {
        gradient = Objects.requireNonNull(sum);
    }
}
