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
import java.util.function.Predicate;

/// All tensors that are trained, in their order, and their memory.
final class Parameters implements AutoCloseable {
    private static final int KEPT = 5; // weights, both means and their scales
    private static final long FEWEST_CODED = 4096; // numbers of a tensor whose means are codes, as bitsandbytes has it

    private final NativeHandle kept;
    private final NativeHandle sums;
    private final Optional<MemorySegment> gradients;
    private final Map<String, Trainable> byName = new LinkedHashMap<>();

    /// What a tensor will be called and look like.
    ///
    /// @param shape  outermost dimension first
    /// @param decays whether weight decay applies
    record Definition(String name, Shape shape, boolean decays) {}

    /// Zeros everywhere.
    ///
    /// @param device where they are computed with
    /// @param coded  whether the optimizer's means are codes of 8 bits
    /// @param summed which of them, by name, have a sum of gradients
    Parameters(List<Definition> definitions, MemorySegment device, boolean coded, Predicate<String> summed) {
        kept = GraphMemory.descriptions(KEPT * definitions.size() + 1, 0);
        NativeHandle others = null;
        try {
            others = GraphMemory.descriptions(definitions.size() + 1, 0);
            sums = others;
            for (Definition definition : definitions) {
                byName.put(definition.name(), describe(definition, coded, summed));
            }
            MemorySegment type = GraphMemory.ofDevice(device);
            kept.newChild(() -> GraphMemory.allocate(kept.segment(), type, false));
            boolean any = byName.values().stream().anyMatch(trained -> trained.gradient() != null);
            gradients = any
                    ? Optional.of(sums.newChild(() -> GraphMemory.allocate(sums.segment(), type, false))
                            .segment())
                    : Optional.empty();
        } catch (Throwable e) {
            if (others != null) {
                others.close();
            }
            kept.close();
            throw e;
        }
    }

    private Trainable describe(Definition definition, boolean coded, Predicate<String> summed) {
        boolean codes = coded && definition.shape().elementCount() >= FEWEST_CODED;
        return new Trainable(
                definition.name(),
                definition.shape(),
                definition.decays(),
                tensor(kept, definition, "", GgmlType.F32),
                summed.test(definition.name()) ? tensor(sums, definition, ".gradient", GgmlType.F32) : null,
                moment(definition, ".m", codes),
                moment(definition, ".v", codes));
    }

    private Moment moment(Definition definition, String what, boolean coded) {
        if (!coded) {
            return new Moment(tensor(kept, definition, what, GgmlType.F32), Optional.empty());
        }
        GraphTensor scales = GraphMemory.tensor(
                kept.segment(),
                definition.name() + what + ".scale",
                GgmlType.F32.id(),
                1,
                Moment.blocks(definition.shape().elementCount()));
        return new Moment(tensor(kept, definition, what, GgmlType.I8), Optional.of(scales));
    }

    private static GraphTensor tensor(NativeHandle descriptions, Definition definition, String what, GgmlType type) {
        Shape shape = definition.shape();
        long[] ne = new long[shape.rank()];
        for (int i = 0; i < ne.length; i++) {
            ne[i] = shape.dim(ne.length - 1 - i);
        }
        return GraphMemory.tensor(descriptions.segment(), definition.name() + what, type.id(), ne);
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

    /// The bytes of all of them, with gradients and what the optimizer remembers.
    long byteSize() {
        long bytes = 0;
        for (Trainable trained : byName.values()) {
            long numbers = trained.shape().elementCount();
            long moment =
                    trained.first().isCoded() ? numbers + Moment.blocks(numbers) * Float.BYTES : numbers * Float.BYTES;
            bytes += trained.byteSize() + 2 * moment + (trained.gradient() == null ? 0 : trained.byteSize());
        }
        return bytes;
    }

    /// Forgets the gradients.
    void clearGradients() {
        gradients.ifPresent(GraphMemory::clear);
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
