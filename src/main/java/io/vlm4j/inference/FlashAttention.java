package io.vlm4j.inference;

/// Whether attention is computed in one fused step.
public enum FlashAttention {
    /// On for a GPU that has it, off on the CPU, where llama.cpp's fused step was measured to be slower.
    AUTO,
    OFF,
    ON
}
