package io.vlm4j.sampling.internal;

import java.util.List;

/// A deterministic automaton over characters that begins in state 0. From every state an accepting one can be reached.
public record Automaton(List<State> states) {
    /// @param accepting whether the text may end here
    /// @param edges     their characters do not overlap, and no two lead to the same state
    public record State(boolean accepting, List<Edge> edges) {
        public State {
            edges = List.copyOf(edges);
        }
    }

    public record Edge(CodePoints of, int to) {}

    public Automaton {
        states = List.copyOf(states);
    }
}
