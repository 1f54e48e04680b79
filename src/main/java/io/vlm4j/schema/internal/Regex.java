package io.vlm4j.schema.internal;

import java.util.List;

/// A regular expression as a tree; what it matches is a whole text.
sealed interface Regex {
    /// No bound of a repetition.
    int UNBOUNDED = -1;

    record Chars(CharSet set) implements Regex {}

    record Sequence(List<Regex> parts) implements Regex {}

    record Choice(List<Regex> alternatives) implements Regex {}

    record Repeat(Regex part, int min, int max) implements Regex {}

    static Regex empty() {
        return new Sequence(List.of());
    }

    /// Any text.
    static Regex anything() {
        return new Repeat(new Chars(CharSet.ANY), 0, UNBOUNDED);
    }

    static Regex sequence(List<Regex> parts) {
        return parts.size() == 1 ? parts.getFirst() : new Sequence(List.copyOf(parts));
    }

    static Regex choice(List<Regex> alternatives) {
        return alternatives.size() == 1 ? alternatives.getFirst() : new Choice(List.copyOf(alternatives));
    }

    /// Whether the empty text matches.
    default boolean isNullable() {
        return switch (this) {
            case Chars chars -> false;
            case Sequence sequence -> sequence.parts().stream().allMatch(Regex::isNullable);
            case Choice choice -> choice.alternatives().stream().anyMatch(Regex::isNullable);
            case Repeat repeat -> repeat.min() == 0 || repeat.part().isNullable();
        };
    }

    /// Characters and choices with repetitions written out: what a grammar or automaton of it takes.
    default long size() {
        return switch (this) {
            case Chars chars -> 1;
            case Sequence sequence ->
                sequence.parts().stream().mapToLong(Regex::size).sum();
            case Choice choice ->
                choice.alternatives().stream()
                        .mapToLong(part -> part.size() + 1)
                        .sum();
            case Repeat repeat ->
                1
                        + Math.max(1, Math.max(repeat.min(), repeat.max()))
                                * repeat.part().size();
        };
    }

    /// Whether a text matches, in time proportional to its length times [#size].
    default boolean matches(String text) {
        return new RegexMatcher(this).matches(text);
    }
}
