package io.vlm4j.conversion.internal;

import io.vlm4j.gguf.GgufValue;
import io.vlm4j.tensor.Shape;

/// Rotary positions: `rope_parameters`, or in older checkpoints `rope_theta` and `rope_scaling`.
///
/// @param theta      the base of the frequencies
/// @param scaling    how they are stretched; an object without a type for not at all
/// @param type       `default`, `linear` or `llama3`
/// @param dimensions of a head
record Rotation(float theta, Config scaling, String type, int dimensions) {
    static Rotation of(Config config, int dimensions) {
        Config scaling = config.object(config.has("rope_parameters") ? "rope_parameters" : "rope_scaling");
        float theta = scaling.number("rope_theta", config.number("rope_theta", 10000));
        String type = scaling.text("rope_type", scaling.text("type", "default"));
        switch (type) {
            case "default", "llama3" -> {}
            case "linear" -> {
                if (!scaling.has("factor")) {
                    throw scaling.wrong("factor", "a number, as the type is linear");
                }
            }
            default ->
                throw scaling.wrong(
                        scaling.has("rope_type") ? "rope_type" : "type",
                        "default, linear or llama3, the kinds of rotary positions that are converted");
        }
        return new Rotation(theta, scaling, type, dimensions);
    }

    void describe(FilePlan file) {
        file.put("llama.rope.freq_base", GgufValue.of(theta));
        if (type.equals("linear")) {
            file.put("llama.rope.scaling.type", "linear")
                    .put("llama.rope.scaling.factor", GgufValue.of(scaling.number("factor", 1)));
        }
    }

    /// Llama 3.1 stretches slow frequencies, leaves fast ones, and goes from one to the other between.
    void tensors(FilePlan file) {
        if (!type.equals("llama3")) {
            return;
        }
        double factor = scaling.number("factor", 8);
        double low = scaling.number("low_freq_factor", 1);
        double high = scaling.number("high_freq_factor", 4);
        double trained = scaling.number("original_max_position_embeddings", 8192);
        float[] factors = new float[dimensions / 2];
        for (int i = 0; i < factors.length; i++) {
            float frequency = 1 / (float) Math.pow(theta, 2f * i / dimensions);
            double length = 2 * Math.PI / frequency;
            double smooth = (trained / length - low) / (high - low);
            factors[i] = (float)
                    (length < trained / high
                            ? 1
                            : length > trained / low ? factor : 1 / ((1 - smooth) / factor + smooth));
        }
        file.add("rope_freqs.weight", Shape.of(factors.length), Rows.computed(factors));
    }
}
