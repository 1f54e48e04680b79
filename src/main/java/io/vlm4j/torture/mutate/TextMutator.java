package io.vlm4j.torture.mutate;

import java.util.List;
import java.util.random.RandomGenerator;

/// Damages texts of a formal language: parts missing, doubled, exchanged, nested very deep, and words of the language
/// where they do not belong.
public final class TextMutator {
    /// Longer texts show nothing new, and take long.
    private static final int LONGEST = 1 << 16;

    private static final int LONGEST_PART = 40;
    private static final String SEAMS = " \n{}%";
    private static final String NUMBERS = "0123456789";
    private static final List<String> CHARACTERS = List.of(
            "\0",
            "\u0001",
            "\u007f",
            "\u0080",
            "\ud800",
            "\udfff",
            "\uffff",
            "\ufeff",
            "\u202e",
            "\ud83d\ude00",
            "é",
            "\\",
            "\"",
            "'",
            "\n",
            "\r\n",
            "\t",
            " ");
    private static final List<String> COUNTS = List.of(
            "0",
            "1",
            "-1",
            "2",
            "100",
            "1000",
            "65536",
            "2147483647",
            "2147483648",
            "4294967296",
            "9223372036854775807",
            "18446744073709551616",
            "99999999999999999999999999",
            "1e400",
            "-0",
            "0.5");

    private final List<String> seeds;
    private final List<String> words;
    private final List<String> wraps;

    /// @param seeds texts that are right
    /// @param words of the language
    /// @param wraps what may stand around a part, before and behind it separated by a `@`
    public TextMutator(List<String> seeds, List<String> words, List<String> wraps) {
        this.seeds = seeds;
        this.words = words;
        this.wraps = wraps;
    }

    public String mutate(RandomGenerator random) {
        StringBuilder text = new StringBuilder(any(seeds, random));
        int damages = random.nextInt(3) == 0 ? 1 + random.nextInt(5) : 1;
        for (; damages > 0; damages--) {
            damage(text, random);
            if (text.length() > LONGEST) {
                text.setLength(LONGEST);
            }
        }
        return text.toString();
    }

    private void damage(StringBuilder text, RandomGenerator random) {
        int from = random.nextBoolean() ? random.nextInt(text.length() + 1) : seam(text, random);
        int to = Math.min(text.length(), from + random.nextInt(LONGEST_PART));
        String part = text.substring(from, to);
        switch (random.nextInt(12)) {
            case 0 -> text.delete(from, to);
            case 1 -> text.insert(from, part.repeat(1 + random.nextInt(3)));
            case 2 -> text.insert(from, part.repeat(1 << random.nextInt(10)));
            case 3 -> text.insert(from, any(CHARACTERS, random));
            case 4 -> text.setLength(from);
            case 5 -> {
                String other = any(seeds, random);
                int begin = random.nextInt(other.length());
                text.insert(from, other, begin, Math.min(other.length(), begin + random.nextInt(4 * LONGEST_PART)));
            }
            case 6 -> count(text, from, random);
            case 7 -> wrap(text, from, to, 1 << random.nextInt(4), random);
            case 8 -> wrap(text, from, to, 1 << random.nextInt(14), random);
            case 9 -> text.replace(from, to, any(words, random));
            default -> text.insert(from, any(words, random));
        }
    }

    /// A place between two words of the language, where most of them are right.
    private static int seam(StringBuilder text, RandomGenerator random) {
        int from = random.nextInt(text.length() + 1);
        while (from < text.length() && SEAMS.indexOf(text.charAt(from)) < 0) {
            from++;
        }
        return text.indexOf("%}", from) == from || text.indexOf("}}", from) == from ? from + 2 : from;
    }

    /// Another count in place of the next number.
    private static void count(StringBuilder text, int from, RandomGenerator random) {
        int begin = from;
        while (begin < text.length() && NUMBERS.indexOf(text.charAt(begin)) < 0) {
            begin++;
        }
        int end = begin;
        while (end < text.length() && NUMBERS.indexOf(text.charAt(end)) >= 0) {
            end++;
        }
        text.replace(begin, end, any(COUNTS, random));
    }

    private void wrap(StringBuilder text, int from, int to, int times, RandomGenerator random) {
        String[] around = any(wraps, random).split("@", -1);
        text.insert(to, around[1].repeat(times));
        text.insert(from, around[0].repeat(times));
    }

    private static String any(List<String> choices, RandomGenerator random) {
        return choices.get(random.nextInt(choices.size()));
    }
}
