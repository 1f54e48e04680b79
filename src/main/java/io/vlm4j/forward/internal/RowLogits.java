package io.vlm4j.forward.internal;

import java.lang.foreign.MemorySegment;

/// Takes the logits of rows, one at a time.
interface RowLogits {
    boolean wants(Example example, int row);

    /// @param logits one float for each token of the vocabulary, valid during the call
    void accept(Example example, int row, MemorySegment logits);
}
