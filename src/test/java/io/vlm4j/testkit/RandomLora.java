package io.vlm4j.testkit;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/// A LoRA adapter with random matrices for the seven matrices of every layer of a llama model; and, as a reference,
/// the model with adapters added to its weights in plain Java. The same settings always give the same matrices.
///
/// @param rank     of all matrices
/// @param alpha    a matrix is added `scale * alpha / rank` times; 0: `scale` times
/// @param strength standard deviation of the B matrices
public record RandomLora(int rank, float alpha, double strength, long seed) {
    private static final Pattern ADAPTED =
            Pattern.compile("blk\\.\\d+\\.(attn_q|attn_k|attn_v|attn_output|ffn_gate|ffn_up|ffn_down)\\.weight");

    /// Writes the adapter for a model whose matrices may have any type.
    public Path write(Path model, Path adapter) {
        try (GgufFile file = GgufFile.open(model)) {
            writer(file).write(adapter);
        }
        return adapter;
    }

    /// The adapter before it is written, to be damaged.
    public GgufWriter writer(GgufFile model) {
        GgufWriter writer = GgufWriter.create()
                .put("general.architecture", model.architecture().orElseThrow())
                .put("general.type", "adapter")
                .put("adapter.type", "lora")
                .put("adapter.lora.alpha", GgufValue.of(alpha));
        for (GgufTensor weight : model.tensors().values()) {
            if (ADAPTED.matcher(weight.name()).matches()) {
                float[] a = a(weight);
                float[] b = b(weight);
                writer.tensor(
                        weight.name() + ".lora_a",
                        GgmlType.F32,
                        Shape.of(rank, inputs(weight)),
                        MemorySegment.ofArray(a));
                writer.tensor(
                        weight.name() + ".lora_b",
                        GgmlType.F32,
                        Shape.of(outputs(weight), rank),
                        MemorySegment.ofArray(b));
            }
        }
        return writer;
    }

    /// Writes a copy of a model with F32 weights, each matrix W being `W + scale * alpha / rank * B A` for every
    /// adapter, in double precision.
    public static Path merge(Path model, Map<RandomLora, Float> scales, Path merged) {
        try (GgufFile file = GgufFile.open(model)) {
            GgufWriter writer = GgufWriter.copyOf(file);
            for (GgufTensor weight : file.tensors().values()) {
                if (ADAPTED.matcher(weight.name()).matches()) {
                    float[] sum = sum(file.toTensor(weight.name()).toFloatArray(), weight, scales);
                    writer.tensor(weight.name(), GgmlType.F32, weight.shape(), MemorySegment.ofArray(sum));
                }
            }
            writer.write(merged);
        }
        return merged;
    }

    private static float[] sum(float[] w, GgufTensor weight, Map<RandomLora, Float> scales) {
        double[] sum = new double[w.length];
        for (int i = 0; i < w.length; i++) {
            sum[i] = w[i];
        }
        int inputs = inputs(weight);
        scales.forEach((lora, scale) -> {
            double factor = lora.alpha == 0 ? scale : (double) scale * lora.alpha / lora.rank;
            float[] a = lora.a(weight);
            float[] b = lora.b(weight);
            for (int out = 0; out < outputs(weight); out++) {
                for (int in = 0; in < inputs; in++) {
                    for (int k = 0; k < lora.rank; k++) {
                        sum[out * inputs + in] += factor * b[out * lora.rank + k] * a[k * inputs + in];
                    }
                }
            }
        });
        float[] rounded = new float[sum.length];
        for (int i = 0; i < sum.length; i++) {
            rounded[i] = (float) sum[i];
        }
        return rounded;
    }

    private float[] a(GgufTensor weight) {
        return random(weight.name() + "a", rank * inputs(weight), 1 / Math.sqrt(inputs(weight)));
    }

    private float[] b(GgufTensor weight) {
        return random(weight.name() + "b", rank * outputs(weight), strength);
    }

    private float[] random(String name, int count, double deviation) {
        SplittableRandom random = new SplittableRandom(seed * 31 + name.hashCode());
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) ((2 * random.nextDouble() - 1) * deviation * Math.sqrt(3));
        }
        return numbers;
    }

    private static int inputs(GgufTensor weight) {
        return Math.toIntExact(weight.shape().dim(1));
    }

    private static int outputs(GgufTensor weight) {
        return Math.toIntExact(weight.shape().dim(0));
    }
}
