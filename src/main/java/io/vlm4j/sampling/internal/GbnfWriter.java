package io.vlm4j.sampling.internal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// Writes an automaton as a GBNF grammar: a rule for each state, which begins with a character and ends with the
/// rule of the next. llama.cpp then has one alternative for each edge to look at and no stack to keep, whatever the
/// expression was.
public final class GbnfWriter {
    private final List<Automaton.State> states;
    private final int[] incoming;
    private final boolean[] named; // states whose rule is written, or will be
    private final Deque<Integer> todo = new ArrayDeque<>();
    private final StringBuilder out = new StringBuilder();

    private GbnfWriter(Automaton automaton) {
        states = automaton.states();
        incoming = new int[states.size()];
        named = new boolean[states.size()];
        incoming[0] = 2; // the beginning keeps its rule
        states.forEach(state -> state.edges().forEach(edge -> incoming[edge.to()]++));
    }

    /// Rules of which the first is `root`.
    public static String write(Automaton automaton) {
        GbnfWriter writer = new GbnfWriter(automaton);
        writer.refer(0);
        while (!writer.todo.isEmpty()) {
            writer.rule(writer.todo.removeFirst());
        }
        return writer.out.toString();
    }

    private void refer(int state) {
        if (!named[state]) {
            named[state] = true;
            todo.add(state);
        }
    }

    private static String name(int state) {
        return state == 0 ? "root" : "s" + state;
    }

    private void rule(int number) {
        Automaton.State state = states.get(number);
        out.append(name(number)).append(" ::= ");
        String separator = "";
        for (Automaton.Edge edge : state.edges()) {
            out.append(separator);
            alternative(edge);
            separator = " | ";
        }
        if (state.accepting()) {
            out.append(separator).append("\"\"");
        }
        out.append('\n');
    }

    /// An edge, and those after it up to the next state that is more than a place on the way.
    private void alternative(Automaton.Edge first) {
        StringBuilder literal = new StringBuilder();
        Automaton.Edge edge = first;
        while (true) {
            if (isOne(edge.of())) {
                appendLiteral(literal, edge.of().ranges().getFirst().first());
            } else {
                endLiteral(literal);
                appendClass(edge.of());
            }
            Automaton.State next = states.get(edge.to());
            if (next.accepting() || next.edges().size() != 1 || incoming[edge.to()] != 1) {
                break;
            }
            edge = next.edges().getFirst();
        }
        endLiteral(literal);
        if (!states.get(edge.to()).edges().isEmpty()) {
            out.append(name(edge.to()));
            refer(edge.to());
        } else {
            out.setLength(out.length() - 1); // nothing follows the space
        }
    }

    private static boolean isOne(CodePoints set) {
        return set.ranges().size() == 1
                && set.ranges().getFirst().first() == set.ranges().getFirst().last();
    }

    private void endLiteral(StringBuilder literal) {
        if (!literal.isEmpty()) {
            out.append('"').append(literal).append("\" ");
            literal.setLength(0);
        }
    }

    private void appendClass(CodePoints set) {
        out.append('[');
        for (CodePoints.Range range : set.ranges()) {
            appendEscaped(out, range.first());
            if (range.last() > range.first()) {
                out.append('-');
                appendEscaped(out, range.last());
            }
        }
        out.append("] ");
    }

    private static void appendLiteral(StringBuilder text, int c) {
        if (c == ' ') {
            text.append(' ');
        } else {
            appendEscaped(text, c);
        }
    }

    private static void appendEscaped(StringBuilder text, int c) {
        if (Character.isLetterOrDigit(c)) {
            text.appendCodePoint(c);
        } else if (c <= Character.MAX_VALUE) {
            text.append("\\u%04X".formatted(c));
        } else {
            text.append("\\U%08X".formatted(c));
        }
    }
}
