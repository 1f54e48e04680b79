package io.vlm4j.generation;

/// Why a generation ended.
public enum FinishReason {
    /// The model ended its turn.
    END_OF_GENERATION,
    /// One of the stop strings was written; it is not part of the text.
    STOP_STRING,
    /// The limit of the options was reached.
    MAX_TOKENS,
    /// The context holds no more tokens. The text so far is complete, but the model had not ended its turn.
    CONTEXT_FULL,
    /// The caller cancelled it.
    CANCELLED
}
