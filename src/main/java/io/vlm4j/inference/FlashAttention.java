package io.vlm4j.inference;

/// Whether attention is computed in one fused step.
public enum FlashAttention {
    /// On for a GPU that has it, off on the CPU. There, with heads of 64 and 128 floats, it was measured to read
    /// prompts 4 to 13 % faster but to write tokens 1.1 to 1.7 times slower after 1024 tokens of context.
    ///
    /// On as well where several sequences share their cells and heads have 64 floats or more: it passes over the cells
    /// of the others, which took a quarter off each token of four answers at a time. (With shorter heads it was
    /// slower then, too.)
    ///
    /// Off wherever layers can be watched ([ContextOptions#watchable()]), unless the cache is of Q8_0, which needs it:
    /// it shows no attentions.
    AUTO,
    OFF,
    ON
}
