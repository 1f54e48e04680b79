package io.vlm4j.inference;

/// Whether attention is computed in one fused step.
public enum FlashAttention {
    /// On for a GPU that has it, off on the CPU. There, with heads of 64 and 128 floats, it was measured to read
    /// prompts 4 to 13 % faster but to write tokens 1.1 to 1.7 times slower after 1024 tokens of context.
    AUTO,
    OFF,
    ON
}
