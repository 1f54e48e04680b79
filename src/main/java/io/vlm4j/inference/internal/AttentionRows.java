package io.vlm4j.inference.internal;

import java.lang.foreign.MemorySegment;

/// The probabilities of a layer for some successive queries, wherever they are.
public interface AttentionRows {
    int heads();

    /// Copies the first `keys` columns of one head's rows, each to its place in `target`.
    ///
    /// @param offset of the first row, in bytes
    /// @param stride from row to row, in bytes
    void copy(int head, int queries, int keys, MemorySegment target, long offset, long stride);
}
