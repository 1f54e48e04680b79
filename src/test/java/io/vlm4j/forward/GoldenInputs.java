package io.vlm4j.forward;

import io.vlm4j.gguf.GgufFile;
import io.vlm4j.processing.ForwardImages;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Golden;
import java.nio.file.Path;

/// Inputs of the reference data: a LLaVA whose image token is 3 and whose pictures take 16 positions.
final class GoldenInputs {
    static final int VOCABULARY = 330;
    static final int IMAGE_TOKEN = 3;
    static final int ROWS = 16;
    private static final int SIDE = 56;
    private static final double[] MEAN = {0.48145466, 0.4578275, 0.40821073}; // CLIP's
    private static final double[] DEVIATION = {0.26862954, 0.26130258, 0.27577711};

    private GoldenInputs() {}

    /// One example with labels, without images.
    static ForwardInput.Builder example(Golden golden, String prefix) {
        return ForwardInput.builder(VOCABULARY)
                .inputIds(golden.ints(prefix + "input_ids"))
                .labels(golden.ints(prefix + "labels"));
    }

    /// A padded batch with labels, without images.
    static ForwardInput.Builder batch(Golden golden, String prefix, int examples) {
        int[] ids = golden.ints(prefix + "input_ids");
        Shape shape = Shape.of(examples, ids.length / examples);
        return ForwardInput.builder(VOCABULARY)
                .inputIds(Tensor.ofInts(shape, ids))
                .attentionMask(Tensor.ofInts(shape, golden.ints(prefix + "attention_mask")))
                .positionIds(Tensor.ofInts(shape, golden.ints(prefix + "position_ids")))
                .labels(Tensor.ofInts(shape, golden.ints(prefix + "labels")));
    }

    static ForwardImages features(float[] rows, int width) {
        return new ForwardImages.Features(IMAGE_TOKEN, Tensor.ofFloats(Shape.of(rows.length / width, width), rows));
    }

    /// Pictures of normalised values, and the 8-bit pixels that these were.
    static ForwardImages pictures(float[] values) {
        int plane = SIDE * SIDE;
        int images = values.length / (3 * plane);
        byte[] pixels = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            int image = i / (3 * plane);
            int channel = i / plane % 3;
            long step = Math.round((values[i] * DEVIATION[channel] + MEAN[channel]) * 255);
            pixels[(image * plane + i % plane) * 3 + channel] = (byte) step;
        }
        return new ForwardImages.Pictures(
                IMAGE_TOKEN,
                ROWS,
                Tensor.ofFloats(Shape.of(images, 3, SIDE, SIDE), values),
                Tensor.ofBytes(Shape.of(images, SIDE, SIDE, 3), pixels));
    }

    /// What a projector of two matrices with exact GELU between makes of rows of vision features, in double: what
    /// transformers computes, up to its rounding.
    static float[] projected(float[] features, Path projector) {
        try (GgufFile file = GgufFile.open(projector)) {
            double[] rows = new double[features.length];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = features[i];
            }
            double[] between = linear(rows, file, "mm.0");
            for (int i = 0; i < between.length; i++) {
                between[i] *= 0.5 * (1 + erf(between[i] / Math.sqrt(2)));
            }
            double[] wide = linear(between, file, "mm.2");
            float[] projected = new float[wide.length];
            for (int i = 0; i < wide.length; i++) {
                projected[i] = (float) wide[i];
            }
            return projected;
        }
    }

    private static double[] linear(double[] rows, GgufFile file, String name) {
        Tensor matrix = file.toTensor(name + ".weight");
        float[] weights = matrix.toFloatArray();
        float[] bias = file.toTensor(name + ".bias").toFloatArray();
        int inputs = (int) matrix.shape().dim(1);
        int outputs = bias.length;
        double[] result = new double[rows.length / inputs * outputs];
        for (int i = 0; i < result.length; i++) {
            double sum = bias[i % outputs];
            for (int k = 0; k < inputs; k++) {
                sum += rows[i / outputs * inputs + k] * weights[i % outputs * inputs + k];
            }
            result[i] = sum;
        }
        return result;
    }

    /// Abramowitz and Stegun 7.1.6; all terms are of one sign.
    private static double erf(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; n < 200; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return Math.max(-1, Math.min(1, 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum));
    }
}
