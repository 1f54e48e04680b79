package io.vlm4j.training.internal;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ggml.GraphMemory;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// All tensors that are trained, in their order, and their memory.
final class Parameters implements AutoCloseable {
    private static final int KEPT = 3; // weights and both means

    private final NativeHandle kept;
    private final NativeHandle sums;
    private final MemorySegment gradients;
    private final Map<String, Trainable> byName = new LinkedHashMap<>();

    /// What a tensor will be called and look like.
    ///
    /// @param shape  outermost dimension first
    /// @param decays whether weight decay applies
    record Definition(String name, Shape shape, boolean decays) {}

    /// Zeros everywhere.
    ///
    /// @param device where they are computed with
    Parameters(List<Definition> definitions, MemorySegment device) {
        kept = GraphMemory.descriptions(KEPT * definitions.size() + 1, 0);
        NativeHandle others = null;
        try {
            others = GraphMemory.descriptions(definitions.size() + 1, 0);
            sums = others;
            for (Definition definition : definitions) {
                byName.put(definition.name(), describe(definition));
            }
            MemorySegment type = GraphMemory.ofDevice(device);
            kept.newChild(() -> GraphMemory.allocate(kept.segment(), type, false));
            gradients = sums.newChild(() -> GraphMemory.allocate(sums.segment(), type, false))
                    .segment();
        } catch (Throwable e) {
            if (others != null) {
                others.close();
            }
            kept.close();
            throw e;
        }
    }

    private Trainable describe(Definition definition) {
        return new Trainable(
                definition.name(),
                definition.shape(),
                definition.decays(),
                tensor(kept, definition, ""),
                tensor(sums, definition, ".gradient"),
                tensor(kept, definition, ".m"),
                tensor(kept, definition, ".v"));
    }

    private static GraphTensor tensor(NativeHandle descriptions, Definition definition, String what) {
        Shape shape = definition.shape();
        long[] ne = new long[shape.rank()];
        for (int i = 0; i < ne.length; i++) {
            ne[i] = shape.dim(ne.length - 1 - i);
        }
        return GraphMemory.tensor(descriptions.segment(), definition.name() + what, GgmlType.F32.id(), ne);
    }

    List<Trainable> all() {
        return new ArrayList<>(byName.values());
    }

    Optional<Trainable> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /// The numbers that are trained.
    long count() {
        return byName.values().stream()
                .mapToLong(trained -> trained.shape().elementCount())
                .sum();
    }

    /// Forgets the gradients.
    void clearGradients() {
        GraphMemory.clear(gradients);
    }

    /// Copies numbers into one of a trainable's tensors.
    static void write(GraphTensor tensor, float[] numbers) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocateFrom(ValueLayout.JAVA_FLOAT, numbers);
            tensor.write(copy, copy.byteSize());
        }
    }

    @Override
    public void close() {
        sums.close();
        kept.close();
    }
}
