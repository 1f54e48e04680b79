package io.vlm4j.inference.internal;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/// Takes what layers compute for some successive rows of a sequence, in the order in which it is computed.
public interface LayerSink {
    /// @param layer 0 for what goes into the first layer
    /// @param row   the first one
    /// @param rows  fills memory of `count` rows
    void hiddenState(int layer, int row, int count, Consumer<MemorySegment> rows);

    /// @param row the first query; the keys are all rows up to the last query
    void attention(int layer, int row, int count, AttentionRows node);
}
