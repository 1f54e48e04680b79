package io.vlm4j.graph.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.graph.Activation;
import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.Architecture.Biases;
import io.vlm4j.graph.Norm;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ggml.ComputeBackends;
import io.vlm4j.natives.ggml.GraphMemory;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.runtime.NativeRuntime;
import io.vlm4j.testkit.Differences;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every kind of layer against the same in plain Java, in double precision.
@Tag("native")
class LayersTest {
    private static final int WIDTH = 12;
    private static final int HEADS = 3;
    private static final int INNER = 20;
    private static final int ROWS = 5;
    private static final int NODES = 128;

    @BeforeAll
    static void load() {
        NativeRuntime.load();
    }

    static Stream<Architecture> kinds() {
        List<Architecture> kinds = new ArrayList<>();
        for (Activation activation : Activation.values()) {
            for (Norm.Kind norm : Norm.Kind.values()) {
                boolean gated = norm != Norm.Kind.LAYER;
                kinds.add(Architecture.builder()
                        .size(1, WIDTH, INNER)
                        .heads(HEADS)
                        .contextLength(ROWS)
                        .norm(norm, 1e-5f)
                        .activation(activation, gated)
                        .biases(Biases.values()[(activation.ordinal() + norm.ordinal()) % 3])
                        .headNorms(norm == Norm.Kind.LAYER_WITH_BIAS)
                        .innerNorms(activation.ordinal() % 2 == 0)
                        .causal(false)
                        .build());
            }
        }
        return kinds.stream();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aLayerEqualsTheFormulas(Architecture architecture) {
        Random random = new Random(7);
        float[] x = numbers(random, ROWS * WIDTH);
        try (Arena arena = Arena.ofConfined();
                Compute compute = new Compute(ComputeBackends.cpu(), 1, NODES);
                NativeHandle descriptions = GraphMemory.descriptions(2 * NODES, NODES)) {
            GraphOps ops = new GraphOps(descriptions.segment());
            Inputs inputs = new Inputs(ops, random);
            MemorySegment graph = ops.graph(NODES);
            GraphTensor rows = ops.input("x", GgmlType.F32.id(), WIDTH, ROWS);
            Attention attention = new Attention(ops, null, shares -> {});
            GraphTensor result = GraphOps.output(new Layers(ops, inputs, architecture, TensorNames.DECODER)
                    .layer(0, rows, null, (layer, q, k, v) -> attention.attendDirectly(q, k, v)));
            GraphOps.add(graph, result);
            compute.plan(graph);
            rows.write(arena.allocateFrom(ValueLayout.JAVA_FLOAT, x), x.length * 4L);
            inputs.tensors.forEach((name, tensor) -> {
                float[] values = inputs.values.get(name);
                tensor.write(arena.allocateFrom(ValueLayout.JAVA_FLOAT, values), values.length * 4L);
            });
            compute.run(graph);

            float[] expected = new Formulas(architecture, inputs.values).layer(x);
            assertThat(Differences.relativeL2(result.floats(), expected)).isLessThan(2e-6);
        }
    }

    private static float[] numbers(Random random, int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian() * 0.7f;
        }
        return numbers;
    }

    /// Random weights, made when they are asked for.
    private static final class Inputs implements Leaves {
        private final GraphOps ops;
        private final Random random;
        private final Map<String, GraphTensor> tensors = new HashMap<>();
        private final Map<String, float[]> values = new HashMap<>();

        Inputs(GraphOps ops, Random random) {
            this.ops = ops;
            this.random = random;
        }

        @Override
        public GraphTensor weight(String name, long... dimensions) {
            return tensors.computeIfAbsent(name, missing -> {
                long[] ne = dimensions.length == 2 ? new long[] {dimensions[1], dimensions[0]} : dimensions;
                values.put(name, numbers(random, (int) (dimensions.length == 2 ? ne[0] * ne[1] : ne[0])));
                return ops.input(name, GgmlType.F32.id(), ne);
            });
        }

        @Override
        public boolean has(String name) {
            return false;
        }
    }

    /// What [Architecture]'s documentation says.
    private record Formulas(Architecture kind, Map<String, float[]> weights) {
        float[] layer(float[] x) {
            float[] normed = norm(x, "attn_norm", WIDTH);
            Biases biases = kind.biases();
            float[] q = linear(normed, "attn_q", WIDTH, biases != Biases.NONE);
            float[] k = linear(normed, "attn_k", WIDTH, biases != Biases.NONE);
            float[] v = linear(normed, "attn_v", WIDTH, biases != Biases.NONE);
            if (kind.headNorms()) {
                q = norm(q, "attn_q_norm", WIDTH / HEADS);
                k = norm(k, "attn_k_norm", WIDTH / HEADS);
            }
            float[] seen = attend(q, k, v);
            seen = kind.innerNorms() ? norm(seen, "attn_sub_norm", WIDTH) : seen;
            float[] after = sum(x, linear(seen, "attn_output", WIDTH, biases == Biases.ALL));
            float[] inner = norm(after, "ffn_norm", WIDTH);
            float[] up = linear(inner, "ffn_up", INNER, biases == Biases.ALL);
            float[] gate = kind.gated() ? linear(inner, "ffn_gate", INNER, biases == Biases.ALL) : up;
            float[] active = new float[up.length];
            for (int i = 0; i < up.length; i++) {
                active[i] = (float) (activate(gate[i]) * (kind.gated() ? up[i] : 1));
            }
            active = kind.innerNorms() ? norm(active, "ffn_sub_norm", INNER) : active;
            return sum(after, linear(active, "ffn_down", WIDTH, biases == Biases.ALL));
        }

        private double activate(double x) {
            return switch (kind.activation()) {
                case GELU -> x * gaussian(x);
                case GELU_TANH -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
                case GELU_QUICK -> x / (1 + Math.exp(-1.702 * x));
                case SILU -> x / (1 + Math.exp(-x));
                case RELU -> Math.max(x, 0);
                case RELU_SQUARED -> Math.max(x, 0) * Math.max(x, 0);
            };
        }

        /// The share of a normal distribution below x, by its series.
        private static double gaussian(double x) {
            double term = x;
            double sum = x;
            for (int i = 1; i < 200; i++) {
                term *= x * x / (2 * i + 1);
                sum += term;
            }
            return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
        }

        private static float[] sum(float[] a, float[] b) {
            float[] sum = new float[a.length];
            for (int i = 0; i < a.length; i++) {
                sum[i] = a[i] + b[i];
            }
            return sum;
        }

        private float[] weight(String name) {
            return weights.get("blk.0." + name);
        }

        private float[] linear(float[] x, String name, int outputs, boolean biased) {
            float[] matrix = weight(name + ".weight");
            int inputs = matrix.length / outputs;
            float[] out = new float[x.length / inputs * outputs];
            for (int i = 0; i < out.length; i++) {
                double sum = biased ? weight(name + ".bias")[i % outputs] : 0;
                for (int j = 0; j < inputs; j++) {
                    sum += (double) matrix[i % outputs * inputs + j] * x[i / outputs * inputs + j];
                }
                out[i] = (float) sum;
            }
            return out;
        }

        private float[] norm(float[] x, String name, int width) {
            float[] out = new float[x.length];
            for (int row = 0; row < x.length; row += width) {
                double mean = 0;
                for (int i = 0; i < width && kind.norm().kind() != Norm.Kind.RMS; i++) {
                    mean += x[row + i] / (double) width;
                }
                double squares = 0;
                for (int i = 0; i < width; i++) {
                    squares += (x[row + i] - mean) * (x[row + i] - mean);
                }
                for (int i = 0; i < width; i++) {
                    double plain = (x[row + i] - mean)
                            / Math.sqrt(squares / width + kind.norm().epsilon());
                    double bias = kind.norm().kind() == Norm.Kind.LAYER_WITH_BIAS ? weight(name + ".bias")[i] : 0;
                    out[row + i] = (float) (plain * weight(name + ".weight")[i] + bias);
                }
            }
            return out;
        }

        private static float[] attend(float[] q, float[] k, float[] v) {
            int size = WIDTH / HEADS;
            float[] out = new float[q.length];
            for (int head = 0; head < HEADS; head++) {
                for (int row = 0; row < ROWS; row++) {
                    double[] shares = new double[ROWS];
                    double total = 0;
                    for (int cell = 0; cell < ROWS; cell++) {
                        double score = 0;
                        for (int i = 0; i < size; i++) {
                            score += (double) q[row * WIDTH + head * size + i] * k[cell * WIDTH + head * size + i];
                        }
                        shares[cell] = Math.exp(score / Math.sqrt(size));
                        total += shares[cell];
                    }
                    for (int i = 0; i < size; i++) {
                        double sum = 0;
                        for (int cell = 0; cell < ROWS; cell++) {
                            sum += shares[cell] / total * v[cell * WIDTH + head * size + i];
                        }
                        out[row * WIDTH + head * size + i] = (float) sum;
                    }
                }
            }
            return out;
        }
    }
}
