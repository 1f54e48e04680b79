package io.vlm4j.inference;

import io.vlm4j.tensor.Tensor;

/// Sees hidden states and attentions while they are computed, so that none of them need be kept: those of a forward
/// pass, or of a context that is watched ([InferenceContext#watch]).
///
/// What is evaluated comes in pieces; within a piece layers come in their order, and a layer's attention before what
/// the layer makes of it. A forward pass has pieces of at most [#MOST_ROWS] positions. In a generation the prompt comes
/// in pieces of at most [ContextOptions#microBatchSize()], text and pictures apart, and then every token of the answer
/// by itself, but for the last one, which is not evaluated.
///
/// Called on the thread that evaluates, which waits. What a method throws ends the evaluation and is thrown by it.
/// Tensors are [io.vlm4j.tensor.DType#F32], and valid during the call only.
public interface LayerConsumer {
    /// Most positions of a piece of a forward pass.
    int MOST_ROWS = 512;

    /// @param example  number in the batch; 0 for a context
    /// @param layer    0 for what goes into the first layer, n for what comes out of the n-th, the last one after the
    ///     final norm
    /// @param position of the first row, counted without padding
    /// @param rows     `[positions, width]`
    default void onHiddenState(int example, int layer, int position, Tensor rows) {}

    /// @param example  number in the batch; 0 for a context
    /// @param layer    from 0 on
    /// @param position of the first query, counted without padding
    /// @param weights  `[heads, queries, keys]` where `keys` counts all positions up to the last query
    default void onAttention(int example, int layer, int position, Tensor weights) {}
}
