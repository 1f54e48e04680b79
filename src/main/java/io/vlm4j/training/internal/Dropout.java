package io.vlm4j.training.internal;

import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/// Zeros some inputs of adapters at random, and scales the others up.
///
/// There is one sequence of random factors for each example, twice as long as the widest input, and each adapter takes
/// its own stretch of it. So two adapters never zero the same places, while memory and time do not grow with their
/// number.
///
/// @param pool   the sequence
/// @param length of it
record Dropout(GraphOps ops, GraphTensor pool, long length) {
    private static final long STRIDE = 7919; // a prime, so that stretches begin at different columns

    /// Numbers of the sequence that rows so wide need.
    static long length(int widest, int rows) {
        return 2L * widest * rows;
    }

    /// Factors for rows of one adapter.
    GraphTensor of(Lora adapter, long width, long rows) {
        long all = length / width;
        GraphTensor asRows =
                ops.reshape(ops.view(pool, all * width, 1, 1, bytes(all * width), bytes(all * width)), width, all, 1);
        return ops.rowsFrom(asRows, adapter.order() * STRIDE % (all - rows + 1), rows);
    }

    private static long bytes(long floats) {
        return floats * Float.BYTES;
    }

    /// The same seed gives the same factors everywhere.
    static void fill(MemorySegment pool, float share, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float kept = 1 / (1 - share);
        long count = pool.byteSize() / Float.BYTES;
        for (long i = 0; i < count; i++) {
            pool.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextDouble() < share ? 0 : kept);
        }
    }
}
