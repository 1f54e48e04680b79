package io.vlm4j.graph.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.ImageEncoder;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ffi.ThreadGuard;
import io.vlm4j.natives.ggml.GraphMemory;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Builds the graph of a tower for each picture: that takes a hundredth of the time that the picture does.
public final class ImageEncoderImpl implements ImageEncoder {
    private final WeightsImpl weights;
    private final Tower tower;
    private final Compute compute;
    private final ThreadGuard guard = new ThreadGuard("the image encoder");
    private boolean closed;

    private ImageEncoderImpl(WeightsImpl weights, Tower tower, Compute compute) {
        this.weights = weights;
        this.tower = tower;
        this.compute = compute;
    }

    /// @throws InvalidFile when the file has no tower of a known kind, or lacks a key of it
    static ImageEncoderImpl create(WeightsImpl weights, int threads) {
        Tower tower = tower(weights.file());
        return new ImageEncoderImpl(weights, tower, new Compute(weights.device(), threads, tower.nodes()));
    }

    private static Tower tower(GgufFile file) {
        Metadata keys = Metadata.of(file);
        try {
            return switch (file.architecture().orElseThrow()) {
                case "fuyu" -> PatchProjection.of(keys);
                case "kosmos2" -> ResampledClip.of(keys);
                default -> throw new InvalidFile(file.path() + " has no image encoder that is known here");
            };
        } catch (IllegalArgumentException | ArithmeticException impossible) {
            throw new InvalidFile(file.path() + ": " + impossible.getMessage(), impossible);
        }
    }

    @Override
    public Tensor encode(Tensor pixels) {
        return run(pixels, false);
    }

    @Override
    public Tensor towerStates(Tensor pixels) {
        return run(pixels, true);
    }

    /// The row that the decoder reads for a token, as numbers: for rows of a picture that end with one.
    public float[] tokenRow(int token) {
        Architecture decoder = Architectures.decoder(weights.file());
        guard.enter();
        try (Arena arena = Arena.ofConfined();
                NativeHandle descriptions = GraphMemory.descriptions(2 * tower.nodes(), tower.nodes())) {
            GraphOps ops = new GraphOps(descriptions.segment());
            MemorySegment graph = ops.graph(tower.nodes());
            GraphTensor number = ops.input("token", GgmlType.I32.id(), 1);
            GraphTensor table = weights.weight(TensorNames.EMBEDDINGS, decoder.vocabulary(), decoder.width());
            GraphTensor row = GraphOps.output(ops.rows(table, number));
            GraphOps.add(graph, row);
            compute.plan(graph);
            number.write(arena.allocateFrom(ValueLayout.JAVA_INT, token), Integer.BYTES);
            compute.run(graph);
            return row.floats();
        } finally {
            guard.exit();
        }
    }

    private Tensor run(Tensor pixels, boolean statesOnly) {
        if (pixels.dtype() != DType.F32) {
            throw new IllegalArgumentException("pixels must be F32, not " + pixels.dtype());
        }
        float[] columns = tower.columns(pixels);
        int width = tower.columnWidth();
        guard.enter();
        try (Arena arena = Arena.ofConfined();
                NativeHandle descriptions = GraphMemory.descriptions(2 * tower.nodes(), tower.nodes())) {
            GraphOps ops = new GraphOps(descriptions.segment());
            MemorySegment graph = ops.graph(tower.nodes());
            GraphTensor input = ops.input("columns", GgmlType.F32.id(), width, columns.length / width);
            GraphTensor result =
                    GraphOps.output(statesOnly ? tower.states(ops, weights, input) : tower.rows(ops, weights, input));
            GraphOps.add(graph, result);
            compute.plan(graph);
            MemorySegment numbers = arena.allocateFrom(ValueLayout.JAVA_FLOAT, columns);
            input.write(numbers, numbers.byteSize());
            try {
                compute.run(graph);
            } finally {
                compute.resume();
            }
            return Tensor.ofFloats(Shape.of(result.dimension(1), result.dimension(0)), result.floats());
        } finally {
            guard.exit();
        }
    }

    @Override
    public void interrupt() {
        compute.interrupt();
    }

    @Override
    public void close() {
        guard.enter();
        try {
            if (closed) {
                return;
            }
            closed = true;
            compute.close();
        } finally {
            guard.exit();
        }
        weights.handle().release(this);
    }

    @Override
    public String toString() {
        return "image encoder of " + weights.file().path();
    }
}
