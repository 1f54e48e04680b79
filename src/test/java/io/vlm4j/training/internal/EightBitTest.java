package io.vlm4j.training.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.graph.internal.Compute;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ggml.ComputeBackends;
import io.vlm4j.natives.ggml.GradientOps;
import io.vlm4j.natives.ggml.GraphMemory;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.runtime.NativeRuntime;
import io.vlm4j.training.AdamW;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// AdamW with moments in 8 bits against the same in Java, written from the paper.
@Tag("native")
class EightBitTest {
    private static final int COUNT = 5000; // the last block is not whole
    private static final int BLOCK = 256;
    private static final int STEPS = 40;
    private static final float RATE = 3e-3f;
    private static final AdamW ADAM = AdamW.defaults().withWeightDecay(0.1f);

    @BeforeAll
    static void load() {
        NativeRuntime.load();
    }

    /// Dettmers' dynamic codes: the higher the decade, the more of them.
    private static float[] codes(boolean signed) {
        DoubleStream.Builder values = DoubleStream.builder().add(0).add(1);
        for (int decade = -6; decade <= 0; decade++) {
            int steps = 1 << (decade + (signed ? 6 : 7));
            for (int i = 0; i < steps; i++) {
                double value = Math.pow(10, (double) decade) * (0.1 + 0.9 * (i + 0.5) / steps);
                values.add(value);
                if (signed) {
                    values.add(-value);
                }
            }
        }
        float[] floats = new float[BLOCK];
        double[] sorted = values.build().sorted().toArray();
        assertThat(sorted).hasSize(BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            floats[i] = (float) sorted[i];
        }
        return floats;
    }

    private static final float[] SIGNED = codes(true);
    private static final float[] UNSIGNED = codes(false);

    /// The state of the optimizer in Java.
    private static final class Plain {
        private final float[] weights;
        private final float[] m = new float[COUNT];
        private final float[] v = new float[COUNT];

        Plain(float[] weights) {
            this.weights = weights.clone();
        }

        void step(float[] gradient, int step) {
            for (int i = 0; i < COUNT; i++) {
                m[i] = m[i] * ADAM.beta1() + gradient[i] * (1 - ADAM.beta1());
                v[i] = v[i] * ADAM.beta2() + gradient[i] * gradient[i] * (1 - ADAM.beta2());
                float mean = m[i] * (float) (1 / (1 - Math.pow(ADAM.beta1(), (double) step)));
                float square = v[i] * (float) (1 / (1 - Math.pow(ADAM.beta2(), (double) step)));
                weights[i] = weights[i] * (1 - RATE * ADAM.weightDecay())
                        - RATE * mean / ((float) Math.sqrt(square) + ADAM.epsilon());
            }
            round(m, SIGNED, Float.NEGATIVE_INFINITY);
            round(v, UNSIGNED, 0);
        }

        /// Each to the code that is nearest, in blocks that have their largest as a unit; what is above `above`
        /// stays so.
        private static void round(float[] numbers, float[] codes, float above) {
            for (int begin = 0; begin < COUNT; begin += BLOCK) {
                int end = Math.min(COUNT, begin + BLOCK);
                float most = 0;
                for (int i = begin; i < end; i++) {
                    most = Math.max(most, Math.abs(numbers[i]));
                }
                for (int i = begin; i < end && most > 0; i++) {
                    float nearest = nearest(codes, numbers[i] / most);
                    if (nearest <= above && numbers[i] > above) {
                        nearest = codes[1];
                    }
                    numbers[i] = nearest * most;
                }
            }
        }

        private static float nearest(float[] codes, float share) {
            int at = Arrays.binarySearch(codes, share);
            if (at >= 0) {
                return codes[at];
            }
            int above = Math.min(codes.length - 1, -at - 1);
            int below = Math.max(0, above - 1);
            return share <= (codes[below] + codes[above]) / 2 ? codes[below] : codes[above];
        }
    }

    @Test
    void stepsAreThoseOfTheSameInJavaWhateverTheThreads() {
        float[] weights = random(1, 0.1f);
        Plain plain = new Plain(weights);
        for (int step = 1; step <= STEPS; step++) {
            plain.step(gradient(step), step);
        }
        float[] alone = steps(weights, 1);
        float[] together = steps(weights, 2);

        assertThat(alone).containsExactly(together).isNotEqualTo(weights);
        int other = 0; // a number between two codes may get the other one where the last bit differs
        for (int i = 0; i < COUNT; i++) {
            other += Math.abs(alone[i] - plain.weights[i]) > 1e-6 ? 1 : 0;
            assertThat(alone[i]).isCloseTo(plain.weights[i], within(STEPS * RATE / 10));
        }
        assertThat(other).isLessThan(COUNT / 100);
    }

    /// 256 shares of the largest, so each number is off by a part of itself only.
    @Test
    void stepsAreNearThoseOfSinglePrecision() {
        float[] weights = random(1, 0.1f);
        float[] exact = weights.clone();
        double[] m = new double[COUNT];
        double[] v = new double[COUNT];
        for (int step = 1; step <= STEPS; step++) {
            float[] gradient = gradient(step);
            for (int i = 0; i < COUNT; i++) {
                m[i] = m[i] * ADAM.beta1() + gradient[i] * (1 - ADAM.beta1());
                v[i] = v[i] * ADAM.beta2() + (double) gradient[i] * gradient[i] * (1 - ADAM.beta2());
                double root = Math.sqrt(v[i] / (1 - Math.pow(ADAM.beta2(), (double) step)));
                exact[i] -= (float) (RATE * ADAM.weightDecay() * exact[i]
                        + RATE * m[i] / (1 - Math.pow(ADAM.beta1(), (double) step)) / (root + ADAM.epsilon()));
            }
        }
        float[] found = steps(weights, 1);

        double off = 0;
        double way = 0;
        for (int i = 0; i < COUNT; i++) {
            off += Math.pow(found[i] - exact[i], 2);
            way += Math.pow(exact[i] - weights[i], 2);
        }
        assertThat(Math.sqrt(off / way)).isLessThan(0.05);
    }

    private static float[] steps(float[] weights, int threads) {
        try (Compute compute = new Compute(ComputeBackends.cpu(), threads, 64);
                NativeHandle leaves = GraphMemory.descriptions(8, 0);
                NativeHandle descriptions = GraphMemory.descriptions(64, 64)) {
            GraphTensor w = leaf(leaves, GgmlType.F32, COUNT);
            GraphTensor g = leaf(leaves, GgmlType.F32, COUNT);
            GraphTensor m = leaf(leaves, GgmlType.I8, COUNT);
            GraphTensor v = leaf(leaves, GgmlType.I8, COUNT);
            GraphTensor mScales = leaf(leaves, GgmlType.F32, (COUNT + BLOCK - 1) / BLOCK);
            GraphTensor vScales = leaf(leaves, GgmlType.F32, (COUNT + BLOCK - 1) / BLOCK);
            Steps.Settings settings = new Steps.Settings(
                    Steps.Settings.describe(leaves.segment()), Steps.Settings.describe(leaves.segment()));
            leaves.newChild(
                    () -> GraphMemory.allocate(leaves.segment(), GraphMemory.ofDevice(ComputeBackends.cpu()), false));
            GraphOps ops = new GraphOps(descriptions.segment());
            MemorySegment graph = ops.graph(64);
            GraphOps.add(
                    graph,
                    new GradientOps(descriptions.segment())
                            .adamW8Bit(w, g, m, mScales, v, vScales, settings.decaying()));
            compute.plan(graph);
            Parameters.write(w, weights);
            for (int step = 1; step <= STEPS; step++) {
                settings.write(ADAM, RATE, step);
                Parameters.write(g, gradient(step));
                compute.run(graph);
            }
            assertThat(m.memory().orElseThrow().toArray(ValueLayout.JAVA_BYTE)).hasSize(COUNT);
            return w.floats();
        }
    }

    private static GraphTensor leaf(NativeHandle leaves, GgmlType type, long count) {
        return GraphMemory.tensor(leaves.segment(), "leaf", type.id(), count);
    }

    /// Of very different sizes, some of them 0.
    private static float[] gradient(int step) {
        float[] gradient = random(step + 1, 1);
        for (int i = 0; i < COUNT; i++) {
            gradient[i] *= i % 7 == 0 && step % 3 != 0 ? 0 : (float) Math.pow(10, -(double) (i / 512 % 5));
        }
        return gradient;
    }

    private static float[] random(long seed, float size) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] numbers = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            numbers[i] = (float) (2 * random.nextDouble() - 1) * size;
        }
        return numbers;
    }
}
