package io.vlm4j.training.internal;

/// What is added to a matrix: `scale * b * a`.
///
/// @param a     `[rank, in]`
/// @param b     `[out, rank]`
/// @param order among all of a model
record Lora(Trainable a, Trainable b, float scale, int order) {
    static final String A = ".lora_a";
    static final String B = ".lora_b";
}
