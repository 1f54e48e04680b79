package io.vlm4j.sampling.internal;

import io.vlm4j.Vlm4jException.InvalidGrammar;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Counts of a GBNF grammar such as `{2,5}`. With the larger one first, llama.cpp's difference of the two is below
/// nothing, for which it makes rules until memory is out.
public final class Repetitions {
    private static final Pattern COUNTS = Pattern.compile("\\s*(\\d+)\\s*,\\s*(\\d+)\\s*}");
    private static final int DIGITS = 9;

    private Repetitions() {}

    /// @throws InvalidGrammar when a count ends before it begins, or is longer than a number may be
    public static void check(String gbnf) {
        Matcher counts = COUNTS.matcher(gbnf);
        for (int i = 0; i < gbnf.length(); i++) {
            switch (gbnf.charAt(i)) {
                case '"' -> i = end(gbnf, i + 1, '"');
                case '[' -> i = end(gbnf, i + 1, ']');
                case '#' -> i = end(gbnf, i + 1, '\n');
                case '{' -> {
                    if (counts.region(i + 1, gbnf.length()).lookingAt()) {
                        check(counts.group(1), counts.group(2));
                    }
                }
                default -> {}
            }
        }
    }

    private static void check(String least, String most) {
        if (least.length() > DIGITS || most.length() > DIGITS || Integer.parseInt(least) > Integer.parseInt(most)) {
            throw new InvalidGrammar("the grammar repeats something {" + least + "," + most + "} times");
        }
    }

    /// Where something ends that began before, or the end of the text.
    private static int end(String text, int from, char end) {
        int at = from;
        while (at < text.length() && text.charAt(at) != end) {
            at += text.charAt(at) == '\\' && end != '\n' ? 2 : 1;
        }
        return at;
    }
}
