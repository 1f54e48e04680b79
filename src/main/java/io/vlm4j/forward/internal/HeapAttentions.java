package io.vlm4j.forward.internal;

import io.vlm4j.inference.internal.AttentionRows;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/// Attentions of a piece that a decoder of our own gave out.
///
/// @param values  of `heads` heads with `rows` queries each
/// @param columns all rows up to the last query
record HeapAttentions(MemorySegment values, int heads, int rows, int columns) implements AttentionRows {
    /// @param attentions F32 `[heads, queries, keys]`
    static HeapAttentions of(Tensor attentions) {
        return new HeapAttentions(
                attentions.segment(),
                Math.toIntExact(attentions.shape().dim(0)),
                Math.toIntExact(attentions.shape().dim(1)),
                Math.toIntExact(attentions.shape().dim(2)));
    }

    @Override
    public void copy(int head, int queries, int keys, MemorySegment target, long offset, long stride) {
        for (int query = 0; query < queries; query++) {
            long from = ((long) head * rows + query) * columns * Float.BYTES;
            MemorySegment.copy(values, from, target, offset + query * stride, (long) keys * Float.BYTES);
        }
    }
}
