package io.vlm4j.inference.internal;

import io.vlm4j.natives.ggml.GraphTensor;
import java.lang.foreign.MemorySegment;

/// The probabilities of a layer as the graph has them: `[heads, queries, cells]`, where the cells that are beyond the
/// last query hold zeros.
///
/// @param scratch holds one head at a time
public record AttentionNode(GraphTensor node, MemorySegment scratch) implements AttentionRows {
    @Override
    public int heads() {
        return Math.toIntExact(node.dimension(2));
    }

    @Override
    public void copy(int head, int queries, int keys, MemorySegment target, long offset, long stride) {
        long row = Float.BYTES * node.dimension(0);
        MemorySegment all = scratch.asSlice(0, row * queries);
        node.read(head * row * queries, all);
        for (int query = 0; query < queries; query++) {
            MemorySegment.copy(all, query * row, target, offset + query * stride, (long) Float.BYTES * keys);
        }
    }
}
