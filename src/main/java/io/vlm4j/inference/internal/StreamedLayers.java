package io.vlm4j.inference.internal;

import io.vlm4j.inference.LayerConsumer;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;

/// Hands every piece to a consumer, in memory that ends with the call.
///
/// @param example number in the batch
/// @param width   of hidden states
public record StreamedLayers(LayerConsumer consumer, int example, int width) implements LayerSink {
    @Override
    public void hiddenState(int layer, int row, int count, Consumer<MemorySegment> rows) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(ValueLayout.JAVA_FLOAT, (long) count * width);
            rows.accept(memory);
            consumer.onHiddenState(example, layer, row, Tensor.of(DType.F32, Shape.of(count, width), memory));
        }
    }

    @Override
    public void attention(int layer, int row, int count, AttentionRows node) {
        int keys = row + count;
        int heads = node.heads();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(ValueLayout.JAVA_FLOAT, (long) heads * count * keys);
            long stride = (long) Float.BYTES * keys;
            for (int head = 0; head < heads; head++) {
                node.copy(head, count, keys, memory, (long) head * count * stride, stride);
            }
            consumer.onAttention(example, layer, row, Tensor.of(DType.F32, Shape.of(heads, count, keys), memory));
        }
    }
}
