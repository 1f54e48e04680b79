package io.vlm4j.sampling.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Texts as a tree in which equal beginnings are one branch.
public final class ChoiceTree {
    private static final class Node {
        private final Map<Integer, Integer> children = new TreeMap<>(); // by character
        private boolean accepting;
    }

    private ChoiceTree() {}

    /// @throws IllegalArgumentException when a text is empty, or has what no text has
    public static Automaton of(List<String> choices) {
        List<Node> nodes = new ArrayList<>(List.of(new Node()));
        for (String choice : choices) {
            if (choice.isEmpty()) {
                throw new IllegalArgumentException("an empty choice");
            }
            Node node = nodes.getFirst();
            for (int c : choice.codePoints().toArray()) {
                if (CodePoints.ofRange(c, c).isEmpty()) {
                    throw new IllegalArgumentException(
                            "a NUL or half of a surrogate pair in the choice '" + choice + "'");
                }
                int child = node.children.computeIfAbsent(c, unseen -> {
                    nodes.add(new Node());
                    return nodes.size() - 1;
                });
                node = nodes.get(child);
            }
            node.accepting = true;
        }
        return new Automaton(nodes.stream()
                .map(node -> new Automaton.State(
                        node.accepting,
                        node.children.entrySet().stream()
                                .map(edge -> new Automaton.Edge(
                                        CodePoints.ofRange(edge.getKey(), edge.getKey()), edge.getValue()))
                                .toList()))
                .toList());
    }
}
