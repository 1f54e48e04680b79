package io.vlm4j.schema.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Writes a regular expression of texts as a pattern of their JSON spelling, in the words that llama.cpp's compiler
/// takes. Given as it is, a pattern with a dot or a negated class lets quotes and backslashes through, and the
/// answer is no JSON.
final class GrammarPattern {
    /// What stands for itself between the quotes of a JSON text.
    private static final CharSet PLAIN = CharSet.of(0, 0x1F)
            .or(CharSet.of('"', '"'))
            .or(CharSet.of('\\', '\\'))
            .or(CharSet.of(0x7F, 0x7F))
            .or(CharSet.of(0xD800, 0xDFFF))
            .negated();

    private static final CharSet ESCAPED =
            CharSet.of(0, 0x1F).or(CharSet.of('"', '"')).or(CharSet.of('\\', '\\'));

    /// Of a class that has others as well, these control characters and no more.
    private static final CharSet USUAL = CharSet.of('\t', '\n')
            .or(CharSet.of('\r', '\r'))
            .or(CharSet.of('"', '"'))
            .or(CharSet.of('\\', '\\'));

    private GrammarPattern() {}

    /// @throws IllegalArgumentException when it matches nothing that can be written
    static String of(Regex regex) {
        return "^" + group(regex) + "$";
    }

    /// Anything that a repetition may follow.
    private static String group(Regex regex) {
        String written = write(regex);
        return regex instanceof Regex.Chars || written.isEmpty() ? written : "(" + written + ")";
    }

    private static String write(Regex regex) {
        return switch (regex) {
            case Regex.Chars chars -> characters(chars.set());
            case Regex.Sequence sequence ->
                sequence.parts().stream()
                        .map(part -> part instanceof Regex.Choice ? group(part) : write(part))
                        .collect(Collectors.joining());
            case Regex.Choice choice -> choice(choice);
            case Regex.Repeat repeat -> {
                String part = group(repeat.part());
                yield part.isEmpty() ? "" : part + count(repeat);
            }
        };
    }

    /// An empty alternative becomes an optional choice.
    private static String choice(Regex.Choice choice) {
        List<String> written = new ArrayList<>();
        for (Regex alternative : choice.alternatives()) {
            written.add(write(alternative));
        }
        String full = written.stream().filter(text -> !text.isEmpty()).collect(Collectors.joining("|"));
        return written.contains("") && !full.isEmpty() ? "(" + full + ")?" : full;
    }

    private static String count(Regex.Repeat repeat) {
        if (repeat.max() == Regex.UNBOUNDED && repeat.min() <= 1) {
            return repeat.min() == 0 ? "*" : "+";
        }
        if (repeat.min() == 0 && repeat.max() == 1) {
            return "?";
        }
        return "{" + repeat.min() + "," + (repeat.max() == Regex.UNBOUNDED ? "" : repeat.max()) + "}";
    }

    private static String characters(CharSet set) {
        CharSet plain = set.and(PLAIN);
        CharSet escaped = set.and(plain.isEmpty() ? ESCAPED : USUAL);
        List<String> alternatives = new ArrayList<>();
        if (!plain.isEmpty()) {
            alternatives.add(
                    plain.ranges().stream().map(GrammarPattern::range).collect(Collectors.joining("", "[", "]")));
        }
        for (CharSet.Range range : escaped.ranges()) {
            for (int point = range.first(); point <= range.last(); point++) {
                alternatives.add("[\\x5C]" + escape(point));
            }
        }
        if (alternatives.isEmpty()) {
            throw new IllegalArgumentException("is a pattern with a character that no text can have");
        }
        return alternatives.size() == 1 && !plain.isEmpty()
                ? alternatives.getFirst()
                : "(" + String.join("|", alternatives) + ")";
    }

    private static String range(CharSet.Range range) {
        return range.first() == range.last() ? code(range.first()) : code(range.first()) + "-" + code(range.last());
    }

    private static String code(int point) {
        return Character.isLetterOrDigit(point) && point < 0x80
                ? Character.toString(point)
                : String.format(Locale.ROOT, "\\U%08X", point);
    }

    /// What follows the backslash in JSON.
    private static String escape(int point) {
        return switch (point) {
            case '"' -> "[\\x22]";
            case '\\' -> "[\\x5C]";
            case '\t' -> "[t]";
            case '\n' -> "[n]";
            case '\r' -> "[r]";
            default -> String.format(Locale.ROOT, "[u]00%02X", point);
        };
    }
}
