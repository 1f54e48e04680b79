package io.vlm4j.evaluation;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// When an answer counts as right. Both texts are normalised first: Unicode NFKC, lower case, white space as single
/// spaces, no punctuation at either end. Articles stay.
public enum AnswerMatch {
    /// It says what was expected and nothing else.
    EXACT {
        @Override
        boolean matches(String answer, String expected) {
            return answer.equals(expected);
        }
    },
    /// What was expected is in it, as whole words in a row: for models that answer in sentences. An answer that names
    /// everything is right, too.
    CONTAINS {
        @Override
        boolean matches(String answer, String expected) {
            List<String> words = words(expected);
            return Collections.indexOfSubList(words(answer), words) >= 0;
        }
    },
    /// Its first word is the expected answer's first: for yes or no, and for letters of choices.
    FIRST_WORD {
        @Override
        boolean matches(String answer, String expected) {
            return words(answer).getFirst().equals(words(expected).getFirst());
        }
    };

    private static final Pattern SPACE = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern PUNCTUATION_AROUND = Pattern.compile("^\\p{Punct}+|\\p{Punct}+$");
    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{N}\\p{M}]+");

    /// Whether an answer says what was expected.
    public boolean accepts(String answer, String expected) {
        return matches(normalised(answer), normalised(expected));
    }

    /// Whether an answer says any of what was expected.
    public boolean accepts(String answer, List<String> expected) {
        return expected.stream().anyMatch(one -> accepts(answer, one));
    }

    abstract boolean matches(String answer, String expected);

    private static String normalised(String text) {
        String folded = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        String spaced = SPACE.matcher(folded).replaceAll(" ").strip();
        return PUNCTUATION_AROUND.matcher(spaced).replaceAll("").strip();
    }

    private static List<String> words(String text) {
        List<String> words = Arrays.stream(BETWEEN_WORDS.split(text, -1))
                .filter(word -> !word.isEmpty())
                .toList();
        return words.isEmpty() ? List.of(text) : words;
    }
}
