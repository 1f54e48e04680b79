package io.vlm4j.graph.internal;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.Positions;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ggml.GraphMemory;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// The keys and values of the rows that a decoder has seen, on the device that computes. Values lie turned, one cell
/// after the other for each number, so that attention multiplies them as they are.
///
/// Which cells a graph writes is an input of it, so the same graph serves every step. Cells that were never written are
/// zero: their share is 0, but 0 times what an uninitialised byte happens to say need not be.
final class KeyValueCache implements AutoCloseable {
    private static final double LONGEST_WAVE = 10_000;

    private final Architecture architecture;
    private final int cells;
    private final long elementSize;
    private final NativeHandle descriptions;
    private final NativeHandle buffer;
    private final List<GraphTensor> keys = new ArrayList<>();
    private final List<GraphTensor> values = new ArrayList<>();
    private final List<GraphTensor> tables = new ArrayList<>();

    KeyValueCache(Architecture architecture, int cells, GgmlType type, MemorySegment device) {
        this.architecture = architecture;
        this.cells = cells;
        this.elementSize = type.blockByteSize();
        this.descriptions = GraphMemory.descriptions(2 * architecture.layers(), 0);
        try {
            int width = width();
            for (int i = 0; i < architecture.layers(); i++) {
                keys.add(GraphMemory.tensor(descriptions.segment(), "keys-" + i, type.id(), width, cells));
                values.add(GraphMemory.tensor(descriptions.segment(), "values-" + i, type.id(), cells, width));
            }
            MemorySegment memory = GraphMemory.ofDevice(device);
            buffer = descriptions.newChild(() -> GraphMemory.allocate(descriptions.segment(), memory, false));
            if (architecture.positions() instanceof Positions.Sinusoidal sinusoidal) {
                NativeHandle constants = descriptions.newChild(() -> GraphMemory.descriptions(1, 0));
                tables.add(GraphMemory.tensor(
                        constants.segment(), "positions", GgmlType.F32.id(), architecture.width(), cells));
                constants.newChild(() -> GraphMemory.allocate(constants.segment(), memory, false));
                writeTable(sinusoidal);
            }
        } catch (Throwable e) {
            descriptions.close();
            throw e;
        }
    }

    /// Numbers of the keys, or the values, of one cell.
    int width() {
        return architecture.keyValueHeads() * architecture.headSize();
    }

    int cells() {
        return cells;
    }

    /// The rows that are added to embeddings: `{width, cells}`; only for sinusoidal positions.
    GraphTensor sinusoids() {
        return tables.getFirst();
    }

    /// As transformers computes them, in single precision.
    private void writeTable(Positions.Sinusoidal sinusoidal) {
        int width = architecture.width();
        int half = width / 2;
        float step = (float) -(Math.log(LONGEST_WAVE) / (half - 1));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment table = arena.allocate(ValueLayout.JAVA_FLOAT, (long) width * cells);
            for (int i = 0; i < half; i++) {
                float frequency = (float) Math.exp(i * step);
                for (int cell = 0; cell < cells; cell++) {
                    float angle = (cell + sinusoidal.offset()) * frequency;
                    long row = (long) cell * width;
                    table.setAtIndex(ValueLayout.JAVA_FLOAT, row + i, (float) Math.sin(angle));
                    table.setAtIndex(ValueLayout.JAVA_FLOAT, row + half + i, (float) Math.cos(angle));
                }
            }
            sinusoids().write(table, table.byteSize());
        }
    }

    /// Adds the nodes that put a layer's new keys and values into their cells, and gives the views of those of the
    /// first `seen` cells.
    ///
    /// @param newKeys      `{head size, heads, n}`, as `newValues`
    /// @param keyCells     `{n}` I64: the cells
    /// @param valueCells   `{n * width}` I64: the place of each number of the new values
    View append(
            GraphOps ops,
            MemorySegment graph,
            int layer,
            int seen,
            GraphTensor newKeys,
            GraphTensor newValues,
            GraphTensor keyCells,
            GraphTensor valueCells) {
        int width = width();
        int size = architecture.headSize();
        int heads = architecture.keyValueHeads();
        long rows = newKeys.dimension(2);
        GraphTensor key = keys.get(layer);
        GraphTensor value = values.get(layer);
        GraphTensor numbers = ops.reshape(value, 1, (long) cells * width, 1);
        GraphOps.add(graph, ops.putRows(key, ops.reshape(newKeys, width, rows, 1), keyCells));
        GraphOps.add(graph, ops.putRows(numbers, ops.reshape(newValues, 1, width * rows, 1), valueCells));
        GraphTensor keyView = ops.view(key, size, heads, seen, size * elementSize, width * elementSize);
        GraphTensor valueView =
                ops.view(value, seen, size, heads, cells * elementSize, (long) cells * size * elementSize);
        return new View(ops.permute(keyView, 0, 2, 1), valueView);
    }

    /// What a layer's queries look at.
    ///
    /// @param keys   `{head size, cells, heads}`
    /// @param values `{cells, head size, heads}`
    record View(GraphTensor keys, GraphTensor values) {}

    /// Makes all cells what they were in the beginning.
    void clear() {
        GraphMemory.clear(buffer.segment());
    }

    @Override
    public void close() {
        descriptions.close();
    }
}
