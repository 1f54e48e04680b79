package io.vlm4j.schema.internal;

/// What a schema may be at most. Each bound keeps the compiler of grammars, or the choice of tokens under the grammar,
/// in milliseconds.
final class SchemaLimits {
    /// Characters of the text.
    static final int MAX_LENGTH = 1 << 18;

    /// Schemas in schemas.
    static final int MAX_DEPTH = 64;

    /// Schemas in schemas, what they refer to included. The compiler calls itself as deep, on the caller's stack.
    static final int MAX_DEPTH_WITH_REFERENCES = 128;

    /// References that lead to references.
    static final int MAX_CHAIN = 32;

    /// Schemas in all.
    static final int MAX_SCHEMAS = 2000;

    /// Properties of one object.
    static final int MAX_PROPERTIES = 256;

    /// Properties of one object that may be missing; the compiler's work grows with their third power.
    static final int MAX_OPTIONAL = 100;

    /// Alternatives of `anyOf`, values of `enum`: each is a branch that every token is tried against.
    static final int MAX_ALTERNATIVES = 1000;

    /// Values of all `enum`s together.
    static final int MAX_VALUES = 10_000;

    /// Bounds of lengths that a grammar enforces; above, llama.cpp takes a `maxLength` for none.
    static final int MAX_REPETITION = 1000;

    /// All repetitions and patterns written out; each step is a rule.
    static final int MAX_STEPS = 20_000;

    /// Patterns and formats; the compiler copies all of its rules for each.
    static final int MAX_PATTERNS = 100;

    /// Characters of a property's name; the compiler's regular expressions call themselves for each.
    static final int MAX_NAME = 256;

    /// Digits of a bound of an integer: the compiler's integers have 16.
    static final long MAX_INTEGER = 999_999_999_999_999L;

    private SchemaLimits() {}
}
