package io.vlm4j.training.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.graph.internal.Compute;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ggml.ComputeBackends;
import io.vlm4j.natives.ggml.GradientOps;
import io.vlm4j.natives.ggml.GraphMemory;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.runtime.NativeRuntime;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Products of matrices for training against sums in double precision.
@Tag("native")
class ProductsTest {
    private static final int NODES = 32;

    @BeforeAll
    static void load() {
        NativeRuntime.load();
    }

    @ParameterizedTest
    @CsvSource({"32, 12, 256", "45, 29, 300", "1, 1, 1", "100, 400, 7", "33, 13, 513"})
    void productsAreSumsWhateverTheirSizes(int m, int n, int k) {
        float[] a = random(m * k, 1); // k rows of m
        float[] b = random(n * k, 2); // n rows of k
        double[] wanted = new double[m * n];
        for (int row = 0; row < n; row++) {
            for (int column = 0; column < m; column++) {
                for (int l = 0; l < k; l++) {
                    wanted[row * m + column] += (double) a[l * m + column] * b[row * k + l];
                }
            }
        }
        int widest = GradientOps.productWidth();
        assertThat(widest).isIn(1, 8, 16);
        for (int width : new int[] {1, 8, 16}) {
            if (width <= widest) { // a lesser processor's, too
                requireSums(wanted, products(a, b, m, n, k, 1, width), products(a, b, m, n, k, 2, width), k);
            }
        }
    }

    private static void requireSums(double[] wanted, List<float[]> alone, List<float[]> together, int k) {
        for (int layout = 0; layout < alone.size(); layout++) {
            float[] found = alone.get(layout);
            assertThat(found).hasSize(wanted.length).containsExactly(together.get(layout));
            double worst = 0;
            for (int i = 0; i < wanted.length; i++) {
                worst = Math.max(worst, Math.abs(found[i] - wanted[i]));
            }
            assertThat(worst).isLessThan(1e-6 * (k + 1));
        }
    }

    @Test
    void processorsWithFewerLanesAddUpInTheSameOrder() {
        int m = 45;
        int n = 29;
        int k = 700;
        float[] a = random(m * k, 1);
        float[] b = random(n * k, 2);
        int widest = GradientOps.productWidth();
        List<float[]> most = products(a, b, m, n, k, 1, widest);
        List<float[]> fewer = products(a, b, m, n, k, 1, Math.min(widest, 8));

        for (int layout = 0; layout < most.size(); layout++) {
            assertThat(fewer.get(layout)).containsExactly(most.get(layout));
        }
    }

    /// Gradients of large matrices are computed by some rows at a time.
    @Test
    void partsOfAnOuterProductAreThoseOfTheWhole() {
        int m = 40;
        int n = 700;
        int k = 300;
        try (Arena arena = Arena.ofConfined();
                Compute compute = new Compute(ComputeBackends.cpu(), 1, NODES);
                NativeHandle descriptions = GraphMemory.descriptions(2 * NODES, NODES)) {
            GraphOps ops = new GraphOps(descriptions.segment());
            GradientOps back = new GradientOps(descriptions.segment());
            MemorySegment graph = ops.graph(NODES);
            GraphTensor a = ops.input("a", GgmlType.F32.id(), m, k);
            GraphTensor b = ops.input("b", GgmlType.F32.id(), n, k);
            GraphTensor whole = GraphOps.output(back.outerProduct(a, b));
            GraphTensor first = GraphOps.output(back.outerProduct(a, ops.columnsFrom(b, 0, 512)));
            GraphTensor rest = GraphOps.output(back.outerProduct(a, ops.columnsFrom(b, 512, n - 512)));
            List.of(whole, first, rest).forEach(result -> GraphOps.add(graph, result));
            compute.plan(graph);
            write(arena, a, random(m * k, 1));
            write(arena, b, random(n * k, 2));
            compute.run(graph);

            assertThat(FloatBuffer.allocate(m * n)
                            .put(first.floats())
                            .put(rest.floats())
                            .array())
                    .containsExactly(whole.floats());
        }
    }

    /// The same product in all layouts.
    private static List<float[]> products(float[] a, float[] b, int m, int n, int k, int threads, int width) {
        try (Arena arena = Arena.ofConfined();
                Compute compute = new Compute(ComputeBackends.cpu(), threads, NODES);
                NativeHandle descriptions = GraphMemory.descriptions(2 * NODES, NODES)) {
            GraphOps ops = new GraphOps(descriptions.segment());
            GradientOps back = new GradientOps(descriptions.segment());
            MemorySegment graph = ops.graph(NODES);
            GraphTensor columns = ops.input("a", GgmlType.F32.id(), m, k);
            GraphTensor rows = ops.input("b", GgmlType.F32.id(), k, n);
            List<GraphTensor> results = List.of(
                    GraphOps.output(back.productOf(back.turned(columns), rows, 0, width)),
                    GraphOps.output(back.productOf(columns, rows, 1, width)),
                    GraphOps.output(back.productOf(columns, back.turned(rows), 2, width)));
            results.forEach(result -> GraphOps.add(graph, result));
            compute.plan(graph);
            write(arena, columns, a);
            write(arena, rows, b);
            compute.run(graph);
            return results.stream().map(GraphTensor::floats).toList();
        }
    }

    private static void write(Arena arena, GraphTensor tensor, float[] numbers) {
        tensor.write(arena.allocateFrom(ValueLayout.JAVA_FLOAT, numbers), (long) numbers.length * Float.BYTES);
    }

    private static float[] random(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) (2 * random.nextDouble() - 1);
        }
        return numbers;
    }
}
