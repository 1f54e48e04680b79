package io.vlm4j.torture;

import java.util.Optional;

/// What a worker says: `vlm4j-fuzz begins N`, and `vlm4j-fuzz ends N RESULT`. Everything else on its standard output is
/// somebody else's.
record Line(int number, Optional<String> result) {
    static final String ACCEPTED = "accepted";
    static final String WRONG = "!";
    /// Nothing was said.
    static final Line SILENCE = new Line(-1, Optional.empty());
    /// Nothing will be said.
    static final Line OVER = new Line(-2, Optional.empty());
    private static final String MARK = "vlm4j-fuzz";

    static String begins(int number) {
        return MARK + " begins " + number;
    }

    static String ends(int number, String result) {
        return MARK + " ends " + number + " " + result;
    }

    static Optional<Line> parse(String text) {
        String[] words = text.split(" ", -1);
        if (words.length < 3 || !words[0].equals(MARK)) {
            return Optional.empty();
        }
        int number = Integer.parseInt(words[2]);
        return Optional.of(new Line(number, words.length > 3 ? Optional.of(words[3]) : Optional.empty()));
    }
}
