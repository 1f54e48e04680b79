package io.vlm4j.training.internal;

import io.vlm4j.graph.Positions;
import io.vlm4j.natives.ggml.GradientOps;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import org.jspecify.annotations.Nullable;

/// Rotary positions of one graph.
///
/// @param positions `{n}` I32
/// @param factors   divide the frequencies; or null
record Rope(
        Positions.Rotary rotary,
        GraphTensor positions,
        @Nullable GraphTensor factors) {
    GraphTensor forward(GraphOps ops, GraphTensor a) {
        return ops.rope(a, positions, factors, rotary.dimensions(), rotary.halves(), rotary.base(), rotary.scale());
    }

    GraphTensor backward(GradientOps back, GraphTensor gradient) {
        return back.rope(
                gradient, positions, factors, rotary.dimensions(), rotary.halves(), rotary.base(), rotary.scale());
    }
}
