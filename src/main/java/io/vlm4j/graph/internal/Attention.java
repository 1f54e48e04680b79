package io.vlm4j.graph.internal;

import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Rows that look at each other. Shapes are ggml's: `{head size, heads, n}` for queries.
///
/// @param ops           where nodes are made
/// @param mask          `{cells, n}`, added to the scores; null for none
/// @param probabilities is told each layer's, `{cells, n, heads}`
record Attention(GraphOps ops, @Nullable GraphTensor mask, Consumer<GraphTensor> probabilities) {
    /// @param keys   `{head size, cells, heads of keys}`
    /// @param values `{cells, head size, heads of keys}`: turned, so that their product with probabilities is a
    ///     plain one
    /// @return `{head size * heads, n}`
    GraphTensor attend(GraphTensor queries, GraphTensor keys, GraphTensor values) {
        long size = queries.dimension(0);
        long heads = queries.dimension(1);
        long rows = queries.dimension(2);
        GraphTensor scores = ops.matrixProduct(keys, ops.permute(queries, 0, 2, 1));
        GraphTensor shares = ops.softMax(scores, mask, 1 / (float) Math.sqrt((double) size));
        probabilities.accept(shares);
        GraphTensor seen = ops.matrixProduct(values, shares);
        return ops.reshape(ops.contiguous(ops.permute(seen, 0, 2, 1)), size * heads, rows, 1);
    }

    /// The same with keys and values as they were computed, `{head size, heads of keys, cells}`.
    GraphTensor attendDirectly(GraphTensor queries, GraphTensor keys, GraphTensor values) {
        return attend(queries, ops.permute(keys, 0, 2, 1), ops.contiguous(ops.permute(values, 1, 2, 0)));
    }
}
