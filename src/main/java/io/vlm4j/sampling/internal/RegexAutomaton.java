package io.vlm4j.sampling.internal;

import io.vlm4j.Vlm4jException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Makes a deterministic automaton of a regular expression: first one with free steps (Thompson's), then the sets of
/// its states that a text can lead to. The number of states and edges is bounded, and with it time and memory.
public final class RegexAutomaton {
    private static final long MAX_STATES = 10_000;
    private static final int MAX_EDGES = 20_000;
    private static final int MAX_VISITS = 5_000_000;

    private record Step(CodePoints of, int to) {}

    private static final class Node {
        private final List<Step> steps = new ArrayList<>();
        private final List<Integer> free = new ArrayList<>();
    }

    private final String pattern;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<BitSet, Integer> numbers = new HashMap<>();
    private final List<BitSet> sets = new ArrayList<>(); // by number
    private int edges;
    private int visits; // of nodes, while sets are made

    private RegexAutomaton(String pattern) {
        this.pattern = pattern;
    }

    /// @param pattern for messages
    /// @throws Vlm4jException.InvalidGrammar when it would become too large
    public static Automaton of(Regex regex, String pattern) {
        RegexAutomaton maker = new RegexAutomaton(pattern);
        if (size(regex) > MAX_STATES) {
            throw maker.tooLarge();
        }
        return maker.determine(maker.build(regex, maker.node()));
    }

    private Vlm4jException.InvalidGrammar tooLarge() {
        return new Vlm4jException.InvalidGrammar("the regular expression '" + pattern + "' needs more than "
                + MAX_STATES + " states or " + MAX_EDGES + " edges, or too long to find out");
    }

    /// About how many nodes an expression becomes, at most a little above the limit.
    private static long size(Regex regex) {
        long size = switch (regex) {
            case Regex.One one -> 1;
            case Regex.InOrder(List<Regex> parts) ->
                parts.stream().mapToLong(RegexAutomaton::size).sum();
            case Regex.Either(List<Regex> choices) ->
                choices.stream().mapToLong(choice -> size(choice) + 1).sum() + 1;
            case Regex.Repeat(Regex what, int min, int max) ->
                size(what) * Math.max(1, max == Regex.MANY ? min + 1 : max) + 1;
        };
        return Math.min(size, MAX_STATES + 1);
    }

    private int node() {
        nodes.add(new Node());
        return nodes.size() - 1;
    }

    private void free(int from, int to) {
        nodes.get(from).free.add(to);
    }

    /// @return where an expression that begins in `from` ends
    private int build(Regex regex, int from) {
        return switch (regex) {
            case Regex.One(CodePoints of) -> {
                int to = node();
                nodes.get(from).steps.add(new Step(of, to));
                yield to;
            }
            case Regex.InOrder(List<Regex> parts) -> {
                int to = from;
                for (Regex part : parts) {
                    to = build(part, to);
                }
                yield to;
            }
            case Regex.Either(List<Regex> choices) -> {
                int end = node();
                for (Regex choice : choices) {
                    int begin = node();
                    free(from, begin);
                    free(build(choice, begin), end);
                }
                yield end;
            }
            case Regex.Repeat(Regex what, int min, int max) -> repeat(what, min, max, from);
        };
    }

    private int repeat(Regex what, int min, int max, int from) {
        int to = from;
        for (int i = 0; i < min; i++) {
            to = build(what, to);
        }
        int end = node();
        if (max == Regex.MANY) {
            free(to, end);
            free(build(what, end), end);
            return end;
        }
        for (int i = min; i < max; i++) {
            free(to, end);
            to = build(what, to);
        }
        free(to, end);
        return end;
    }

    private Automaton determine(int end) {
        BitSet begin = new BitSet();
        begin.set(0);
        number(closure(begin, end));
        List<Automaton.State> states = new ArrayList<>();
        while (states.size() < sets.size()) {
            BitSet set = sets.get(states.size());
            Map<Integer, CodePoints> targets = targets(set, end);
            edges += targets.size();
            if (sets.size() > MAX_STATES || edges > MAX_EDGES) {
                throw tooLarge();
            }
            List<Automaton.Edge> out = new ArrayList<>();
            targets.forEach((to, characters) -> out.add(new Automaton.Edge(characters, to)));
            states.add(new Automaton.State(set.get(end), out));
        }
        return new Automaton(states);
    }

    private int number(BitSet set) {
        return numbers.computeIfAbsent(set, unseen -> {
            sets.add(unseen);
            return sets.size() - 1;
        });
    }

    /// What can be reached for free: the nodes among it that have steps, and the end.
    private BitSet closure(BitSet from, int end) {
        BitSet seen = (BitSet) from.clone();
        BitSet kept = new BitSet();
        List<Integer> todo = new ArrayList<>(from.stream().boxed().toList());
        while (!todo.isEmpty()) {
            int node = todo.removeLast();
            if (++visits > MAX_VISITS) {
                throw tooLarge();
            }
            if (node == end || !nodes.get(node).steps.isEmpty()) {
                kept.set(node);
            }
            for (int next : nodes.get(node).free) {
                if (!seen.get(next)) {
                    seen.set(next);
                    todo.add(next);
                }
            }
        }
        return kept;
    }

    /// The sets that the characters lead to: goes through all places where a range begins or ends, with the nodes that
    /// the characters between two places lead to.
    private Map<Integer, CodePoints> targets(BitSet set, int end) {
        TreeMap<Integer, List<Integer>> places = new TreeMap<>(); // node + 1 where it begins, -(node + 1) where it ends
        set.stream().forEach(node -> {
            for (Step step : nodes.get(node).steps) {
                for (CodePoints.Range range : step.of().ranges()) {
                    places.computeIfAbsent(range.first(), at -> new ArrayList<>())
                            .add(step.to() + 1);
                    places.computeIfAbsent(range.last() + 1, at -> new ArrayList<>())
                            .add(-step.to() - 1);
                }
            }
        });
        Map<Integer, List<CodePoints.Range>> ranges = new LinkedHashMap<>();
        Map<BitSet, Integer> known = new HashMap<>();
        BitSet active = new BitSet();
        int begin = 0;
        for (Map.Entry<Integer, List<Integer>> place : places.entrySet()) {
            if (!active.isEmpty()) {
                Integer to = known.get(active);
                if (to == null) {
                    to = number(closure(active, end));
                    known.put((BitSet) active.clone(), to);
                }
                ranges.computeIfAbsent(to, target -> new ArrayList<>())
                        .add(new CodePoints.Range(begin, place.getKey() - 1));
            }
            begin = place.getKey();
            place.getValue().stream().sorted().forEach(change -> active.set(Math.abs(change) - 1, change > 0));
        }
        Map<Integer, CodePoints> targets = new LinkedHashMap<>();
        ranges.forEach((to, parts) -> targets.put(to, new CodePoints(parts).or(CodePoints.NONE)));
        return targets;
    }
}
