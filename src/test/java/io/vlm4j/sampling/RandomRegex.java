package io.vlm4j.sampling;

import java.util.List;
import java.util.random.RandomGenerator;

/// Random regular expressions of the subset that [Grammar#ofRegex] takes, and texts that may match them.
final class RandomRegex {
    private static final List<String> ATOMS = List.of(
            "a",
            "b",
            "c",
            "7",
            " ",
            "ä",
            "🍎",
            "\\.",
            "\\\\",
            "\"",
            "\\-",
            "\\d",
            "\\w",
            "\\s",
            "\\D",
            "\\W",
            "\\S",
            ".",
            "[a-c]",
            "[^a-c]",
            "[\\w.]",
            "[^\\s\"]",
            "[0-9a-f]",
            "[äöü]",
            "[^\\d]",
            "[-a]",
            "[a-]",
            "\\x41",
            "\\u00e9",
            "_");
    private static final List<String> QUANTIFIERS =
            List.of("?", "*", "+", "{2}", "{1,3}", "{0,2}", "{2,}", "*?", "+?", "{0}");
    private static final List<String> TEXTS = List.of(
            "a", "b", "c", "d", "A", "7", "0", " ", "\t", "\n", "ä", "é", "🍎", "€", ".", "\\", "\"", "-", "_", "]",
            "^");

    private final RandomGenerator random;

    RandomRegex(RandomGenerator random) {
        this.random = random;
    }

    String next() {
        String body = either(1 + random.nextInt(2));
        return switch (random.nextInt(4)) {
            case 0 -> "^" + body + "$";
            default -> body;
        };
    }

    private String either(int depth) {
        StringBuilder text = new StringBuilder(inOrder(depth));
        for (int i = random.nextInt(3) - 1; i > 0; i--) {
            text.append('|').append(random.nextInt(8) == 0 ? "" : inOrder(depth));
        }
        return text.toString();
    }

    private String inOrder(int depth) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(4); i >= 0; i--) {
            boolean group = depth > 0 && random.nextInt(3) == 0;
            text.append(group ? (random.nextBoolean() ? "(" : "(?:") + either(depth - 1) + ")" : any(ATOMS));
            if (random.nextInt(3) == 0) {
                text.append(any(QUANTIFIERS));
            }
        }
        return text.toString();
    }

    /// A short text of characters that the expressions are about.
    String text() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(7); i > 0; i--) {
            text.append(any(TEXTS));
        }
        return text.toString();
    }

    private String any(List<String> of) {
        return of.get(random.nextInt(of.size()));
    }
}
