package io.vlm4j.schema.internal;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A regular expression as a finite automaton whose states all advance together: no pattern makes it slow, as
/// `java.util.regex` may be made.
final class RegexMatcher {
    /// A state with characters goes on to `next` on one of them; one without goes on to both by itself.
    private record State(@Nullable CharSet characters, int next, int other) {}

    private static final int NOWHERE = -1;
    private static final int END = 0;

    private final List<State> states = new ArrayList<>();
    private final int start;

    RegexMatcher(Regex regex) {
        add(new State(CharSet.none(), NOWHERE, NOWHERE)); // END
        start = compile(regex, END);
    }

    private int add(State state) {
        states.add(state);
        return states.size() - 1;
    }

    private int compile(Regex regex, int next) {
        return switch (regex) {
            case Regex.Chars chars -> add(new State(chars.set(), next, NOWHERE));
            case Regex.Sequence sequence -> {
                int follow = next;
                for (Regex part : sequence.parts().reversed()) {
                    follow = compile(part, follow);
                }
                yield follow;
            }
            case Regex.Choice choice -> {
                int either = NOWHERE;
                for (Regex alternative : choice.alternatives().reversed()) {
                    int begin = compile(alternative, next);
                    either = either == NOWHERE ? begin : add(new State(null, begin, either));
                }
                yield either;
            }
            case Regex.Repeat repeat -> repeat(repeat, next);
        };
    }

    private int repeat(Regex.Repeat repeat, int next) {
        int follow = next;
        if (repeat.max() == Regex.UNBOUNDED) {
            int loop = add(new State(null, next, NOWHERE));
            states.set(loop, new State(null, compile(repeat.part(), loop), next));
            follow = loop;
        } else {
            for (int i = repeat.min(); i < repeat.max(); i++) {
                follow = add(new State(null, compile(repeat.part(), follow), next));
            }
        }
        for (int i = 0; i < repeat.min(); i++) {
            follow = compile(repeat.part(), follow);
        }
        return follow;
    }

    boolean matches(String text) {
        BitSet current = reachable(List.of(start));
        int at = 0;
        while (at < text.length() && !current.isEmpty()) {
            int point = text.codePointAt(at);
            at += Character.charCount(point);
            List<Integer> next = new ArrayList<>();
            for (int i = current.nextSetBit(0); i >= 0; i = current.nextSetBit(i + 1)) {
                CharSet characters = states.get(i).characters();
                if (characters != null && characters.contains(point)) {
                    next.add(states.get(i).next());
                }
            }
            current = reachable(next);
        }
        return current.get(END);
    }

    /// The states with characters that are reached from these without reading any.
    private BitSet reachable(List<Integer> from) {
        BitSet seen = new BitSet(states.size());
        BitSet reading = new BitSet(states.size());
        List<Integer> todo = new ArrayList<>(from);
        while (!todo.isEmpty()) {
            int index = todo.removeLast();
            if (index == NOWHERE || seen.get(index)) {
                continue;
            }
            seen.set(index);
            State state = states.get(index);
            if (state.characters() == null) {
                todo.add(state.next());
                todo.add(state.other());
            } else {
                reading.set(index);
            }
        }
        return reading;
    }
}
