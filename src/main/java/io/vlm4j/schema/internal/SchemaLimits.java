package io.vlm4j.schema.internal;

/// What a schema may be at most. Each bound keeps the compiler of grammars, or the choice of tokens under the grammar,
/// in milliseconds.
final class SchemaLimits {
    /// Characters of the text.
    static final int MAX_LENGTH = 1 << 18;

    /// Schemas in schemas.
    static final int MAX_DEPTH = 64;

    private SchemaLimits() {}
}
