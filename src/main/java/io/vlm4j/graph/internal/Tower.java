package io.vlm4j.graph.internal;

import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.tensor.Tensor;

/// How a model sees: patches of a picture, each as the numbers of a column, become rows.
sealed interface Tower permits PatchProjection, ResampledClip {
    /// Nodes of its graph, at most.
    int nodes();

    /// Numbers of a patch.
    int columnWidth();

    /// The patches of a picture, one after the other.
    ///
    /// @throws IllegalArgumentException when the pixels have another shape
    float[] columns(Tensor pixels);

    /// @param columns `{columnWidth, patches}`
    /// @return `{width of the decoder, rows}`
    GraphTensor rows(GraphOps ops, Leaves leaves, GraphTensor columns);

    /// What leaves the last layer.
    ///
    /// @throws IllegalArgumentException when there are no layers
    GraphTensor states(GraphOps ops, Leaves leaves, GraphTensor columns);
}
