package io.vlm4j.forward;

import io.vlm4j.tensor.Tensor;

/// Sees hidden states and attentions while they are computed, so that none of them need be kept. An example comes in
/// pieces of at most [#MOST_ROWS] positions; within a piece layers come in their order, and a layer's attention before
/// what the layer makes of it.
///
/// Called on the thread that runs the forward pass, which waits. What a method throws ends the pass and is thrown by
/// it.
/// Tensors are valid during the call only.
public interface LayerConsumer {
    /// Positions of a piece.
    int MOST_ROWS = 512;

    /// @param example  number in the batch
    /// @param layer    0 for what goes into the first layer, n for what comes out of the n-th, the last one after the
    ///     final norm
    /// @param position of the first row, counted without padding
    /// @param rows     `[positions, width]`
    default void onHiddenState(int example, int layer, int position, Tensor rows) {}

    /// @param example  number in the batch
    /// @param layer    from 0 on
    /// @param position of the first query, counted without padding
    /// @param weights  `[heads, queries, keys]` where `keys` counts all positions up to the last query
    default void onAttention(int example, int layer, int position, Tensor weights) {}
}
