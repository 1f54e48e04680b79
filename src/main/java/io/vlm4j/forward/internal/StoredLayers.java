package io.vlm4j.forward.internal;

import io.vlm4j.inference.internal.AttentionRows;
import io.vlm4j.inference.internal.LayerSink;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Puts every piece into its place in the outputs; padding stays 0.
final class StoredLayers {
    private final int length;
    private final Shape hiddenShape;
    private final Shape attentionShape;
    private final List<MemorySegment> hidden;
    private final List<MemorySegment> attentions;

    /// @param hiddenStates how many are wanted; 0 for none
    /// @param attentions   how many are wanted; 0 for none
    StoredLayers(int batch, int length, int width, int heads, int hiddenStates, int attentions, OutputMemory memory) {
        this.length = length;
        this.hiddenShape = Shape.of(batch, length, width);
        this.attentionShape = Shape.of(batch, heads, length, length);
        this.hidden = allocate(hiddenStates, hiddenShape, memory);
        this.attentions = allocate(attentions, attentionShape, memory);
    }

    private static List<MemorySegment> allocate(int count, Shape shape, OutputMemory memory) {
        List<MemorySegment> segments = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            segments.add(memory.floats(shape.elementCount()));
        }
        return segments;
    }

    /// Where the layers of one example go.
    LayerSink of(Example example) {
        return new LayerSink() {
            @Override
            public void hiddenState(int layer, int row, int count, Consumer<MemorySegment> rows) {
                long size = Float.BYTES * hiddenShape.dim(2);
                long first = (long) example.index() * length + example.firstColumn() + row;
                rows.accept(hidden.get(layer).asSlice(first * size, count * size));
            }

            @Override
            public void attention(int layer, int row, int count, AttentionRows node) {
                store(example, layer, row, count, node);
            }
        };
    }

    private void store(Example example, int layer, int row, int count, AttentionRows node) {
        long heads = attentionShape.dim(1);
        if (node.heads() != heads) {
            throw new IllegalStateException("layer " + layer + " has " + node.heads() + " heads, the model " + heads);
        }
        long stride = (long) Float.BYTES * length;
        for (int head = 0; head < heads; head++) {
            long query = (example.index() * heads + head) * length + example.firstColumn() + row;
            long offset = query * stride + (long) Float.BYTES * example.firstColumn();
            node.copy(head, count, row + count, attentions.get(layer), offset, stride);
        }
    }

    List<Tensor> hiddenStates() {
        return tensors(hidden, hiddenShape);
    }

    List<Tensor> attentions() {
        return tensors(attentions, attentionShape);
    }

    private static List<Tensor> tensors(List<MemorySegment> segments, Shape shape) {
        return segments.stream()
                .map(segment -> Tensor.of(DType.F32, shape, segment))
                .toList();
    }
}
