package io.vlm4j.schema.internal;

import java.util.ArrayList;
import java.util.List;

/// Reads the regular part of ECMAScript's regular expressions: characters, classes, groups, alternatives, repetitions,
/// and anchors at the ends. What needs more than a finite automaton (look-around, back references, word boundaries) and
/// what a grammar would stumble over is refused.
final class RegexParser {
    private static final int MAX_LENGTH = 2000;
    private static final int MAX_DEPTH = 30;
    private static final int MAX_SIZE = 2000; // as llama.cpp's own bound of repetitions

    private final String pattern;
    private int at;
    private int depth;

    private RegexParser(String pattern) {
        this.pattern = pattern;
    }

    /// The texts in which the pattern is found, as an expression of whole texts.
    ///
    /// @throws IllegalArgumentException with the reason
    static Regex parse(String pattern) {
        if (pattern.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "is a pattern of " + pattern.length() + " characters; at most " + MAX_LENGTH + " are allowed");
        }
        RegexParser parser = new RegexParser(pattern);
        Regex parsed = parser.whole();
        if (parsed.size() > MAX_SIZE) {
            throw parser.refused("takes " + parsed.size() + " steps with its repetitions written out; at most "
                    + MAX_SIZE + " are allowed");
        }
        return parsed;
    }

    /// Each alternative of the whole may be tied to either end.
    private Regex whole() {
        List<Regex> alternatives = new ArrayList<>();
        do {
            List<Regex> parts = new ArrayList<>();
            if (!take('^')) {
                parts.add(Regex.anything());
            }
            parts.add(sequence());
            if (!take('$')) {
                parts.add(Regex.anything());
            }
            alternatives.add(Regex.sequence(parts));
        } while (take('|'));
        if (at < pattern.length()) {
            throw refused(pattern.charAt(at) == ')' ? "closes a group that is not open" : "has an anchor inside");
        }
        return Regex.choice(alternatives);
    }

    private Regex choice() {
        List<Regex> alternatives = new ArrayList<>();
        do {
            alternatives.add(sequence());
        } while (take('|'));
        return Regex.choice(alternatives);
    }

    private Regex sequence() {
        List<Regex> parts = new ArrayList<>();
        while (at < pattern.length() && "|)^$".indexOf(pattern.charAt(at)) < 0) {
            parts.add(repeated(atom()));
        }
        return Regex.sequence(parts);
    }

    private Regex atom() {
        int start = at;
        int point = next();
        return switch (point) {
            case '.' -> new Regex.Chars(CharSet.DOT);
            case '[' -> new Regex.Chars(set());
            case '(' -> group();
            case '\\' -> new Regex.Chars(escape(false));
            case '*', '+', '?', '{', '}', ']' -> {
                at = start;
                throw refused("has a '" + Character.toString(point) + "' that stands for nothing; escape it");
            }
            default -> new Regex.Chars(CharSet.of(point, point));
        };
    }

    private Regex group() {
        if (take('?') && !take(':')) {
            throw refused("looks around, names a group or sets flags");
        }
        if (++depth > MAX_DEPTH) {
            throw refused("has groups nested more than " + MAX_DEPTH + " deep");
        }
        Regex inside = choice();
        if (!take(')')) {
            throw refused("has " + (at < pattern.length() ? "an anchor inside" : "a group that is not closed"));
        }
        depth--;
        return inside;
    }

    private Regex repeated(Regex part) {
        Regex repeated = part;
        int before = at;
        if (at < pattern.length()) {
            repeated = switch (pattern.charAt(at)) {
                case '*' -> repeat(part, 0, Regex.UNBOUNDED);
                case '+' -> repeat(part, 1, Regex.UNBOUNDED);
                case '?' -> repeat(part, 0, 1);
                case '{' -> counted(part);
                default -> part;
            };
        }
        if (at > before) {
            take('?'); // lazy or not, the texts are the same
            if (at < pattern.length() && "*+?{".indexOf(pattern.charAt(at)) >= 0) {
                throw refused("repeats a repetition");
            }
        }
        return repeated;
    }

    private Regex repeat(Regex part, int min, int max) {
        at++;
        if (max == Regex.UNBOUNDED && part.isNullable()) {
            throw refused("repeats without bound what may be empty");
        }
        return new Regex.Repeat(part, min, max);
    }

    private Regex counted(Regex part) {
        int end = pattern.indexOf('}', at);
        String counts = end < 0 ? "" : pattern.substring(at + 1, end);
        if (!counts.matches("[0-9]{1,6}(,([0-9]{1,6})?)?")) {
            throw refused("has a '{' that is no count {n}, {n,} or {n,m} of at most six digits; escape it");
        }
        int comma = counts.indexOf(',');
        int min = Integer.parseInt(comma < 0 ? counts : counts.substring(0, comma));
        int max = comma < 0
                ? min
                : comma == counts.length() - 1 ? Regex.UNBOUNDED : Integer.parseInt(counts.substring(comma + 1));
        if (max != Regex.UNBOUNDED && min > max) {
            throw refused("repeats at least " + min + " and at most " + max + " times");
        }
        Regex repeated = repeat(part, min, max);
        at = end + 1;
        return max == 0 ? Regex.empty() : repeated;
    }

    private CharSet set() {
        boolean negated = take('^');
        CharSet set = CharSet.none();
        while (!take(']')) {
            CharSet first = element();
            if (at + 1 < pattern.length() && pattern.charAt(at) == '-' && pattern.charAt(at + 1) != ']') {
                at++;
                CharSet last = element();
                int from = single(first);
                int to = single(last);
                if (from > to) {
                    throw refused("has a range that ends before it begins");
                }
                first = CharSet.of(from, to);
            }
            set = set.or(first);
        }
        CharSet result = negated ? set.negated() : set;
        if (result.isEmpty()) {
            throw refused("has a class without any character");
        }
        return result;
    }

    private CharSet element() {
        int point = next();
        return point == '\\' ? escape(true) : CharSet.of(point, point);
    }

    private int single(CharSet set) {
        CharSet.Range range = set.ranges().getFirst();
        if (set.ranges().size() > 1 || range.first() != range.last()) {
            throw refused("has a range between classes");
        }
        return range.first();
    }

    /// What follows a backslash.
    private CharSet escape(boolean inSet) {
        int point = next();
        return switch (point) {
            case 'd' -> CharSet.DIGIT;
            case 'D' -> CharSet.DIGIT.negated();
            case 'w' -> CharSet.WORD;
            case 'W' -> CharSet.WORD.negated();
            case 's' -> CharSet.SPACE;
            case 'S' -> CharSet.SPACE.negated();
            case 't' -> CharSet.of('\t', '\t');
            case 'n' -> CharSet.of('\n', '\n');
            case 'r' -> CharSet.of('\r', '\r');
            case 'f' -> CharSet.of('\f', '\f');
            case 'v' -> CharSet.of(0x0B, 0x0B);
            case 'x' -> hex(2);
            case 'u' -> hex(4);
            default -> {
                if (point < 0x80 && Character.isLetterOrDigit(point) && !(inSet && point == 'b')) {
                    throw refused("uses \\" + Character.toString(point) + ", which has no grammar");
                }
                yield point == 'b' ? CharSet.of('\b', '\b') : CharSet.of(point, point);
            }
        };
    }

    private CharSet hex(int digits) {
        String code = at + digits <= pattern.length() ? pattern.substring(at, at + digits) : "";
        if (!code.matches("[0-9A-Fa-f]{2,4}")) {
            throw refused("has an escape without its " + digits + " hexadecimal digits");
        }
        at += digits;
        int point = Integer.parseInt(code, 16);
        return CharSet.of(point, point);
    }

    private int next() {
        if (at >= pattern.length()) {
            throw refused("ends in the middle");
        }
        int point = pattern.codePointAt(at);
        at += Character.charCount(point);
        return point;
    }

    private boolean take(char expected) {
        if (at < pattern.length() && pattern.charAt(at) == expected) {
            at++;
            return true;
        }
        return false;
    }

    private IllegalArgumentException refused(String reason) {
        return new IllegalArgumentException("is a pattern that " + reason + " (at character " + at + ")");
    }
}
