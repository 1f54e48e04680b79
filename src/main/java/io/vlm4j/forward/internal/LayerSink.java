package io.vlm4j.forward.internal;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/// Takes what layers compute for some successive rows of an example, in the order in which it is computed.
interface LayerSink {
    /// @param layer 0 for what goes into the first layer
    /// @param row   the first one
    /// @param rows  fills memory of `count` rows
    void hiddenState(Example example, int layer, int row, int count, Consumer<MemorySegment> rows);

    /// @param row the first query; the keys are all rows up to the last query
    void attention(Example example, int layer, int row, int count, AttentionNode node);
}
