package io.vlm4j.load;

import java.util.Random;
import java.util.StringJoiner;

/// Questions that no cache has met: words drawn at random.
final class Questions {
    private static final String[] WORDS = {
        "red",
        "blue",
        "green",
        "small",
        "large",
        "round",
        "square",
        "the",
        "a",
        "of",
        "and",
        "left",
        "right",
        "over",
        "under",
        "house",
        "tree",
        "cat",
        "dog",
        "boat",
        "river",
        "mountain",
        "window",
        "table",
        "light",
        "dark",
        "slow",
        "fast",
        "old",
        "new",
        "open",
        "closed",
        "near",
        "far",
        "sees",
        "makes",
        "takes",
        "holds",
        "stone",
        "paper"
    };

    private final Random random;

    Questions(long seed) {
        random = new Random(seed);
    }

    String next(int words) {
        StringJoiner text = new StringJoiner(" ");
        for (int i = 0; i < words; i++) {
            text.add(WORDS[random.nextInt(WORDS.length)]);
        }
        return text.toString();
    }
}
