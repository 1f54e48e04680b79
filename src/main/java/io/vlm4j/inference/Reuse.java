package io.vlm4j.inference;

/// What of a context's memory may stand for the same part of a new prompt.
public enum Reuse {
    /// Nothing: the prompt is evaluated as a whole.
    NONE,
    /// The beginning, as far as both agree in tokens and pictures. What follows is computed as it would be without.
    PREFIX,
    /// The beginning, and what follows a part that was taken out: it is moved forward, where the model's memory allows
    /// (RoPE in one dimension). It was computed when that part was there, so that answers may differ slightly from
    /// those of a prompt evaluated as a whole.
    MOVED
}
