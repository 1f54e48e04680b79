package io.vlm4j.sampling.internal;

import java.util.List;

/// A regular expression, taken apart.
public sealed interface Regex {
    /// Most repetitions of one thing.
    int MANY = Integer.MAX_VALUE;

    /// Any one of these characters.
    record One(CodePoints of) implements Regex {}

    record InOrder(List<Regex> parts) implements Regex {
        public InOrder {
            parts = List.copyOf(parts);
        }
    }

    record Either(List<Regex> choices) implements Regex {
        public Either {
            choices = List.copyOf(choices);
        }
    }

    /// @param max [#MANY] for no limit
    record Repeat(Regex what, int min, int max) implements Regex {}
}
