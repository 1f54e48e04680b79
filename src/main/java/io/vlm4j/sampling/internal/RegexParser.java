package io.vlm4j.sampling.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.sampling.Grammar;
import java.util.ArrayList;
import java.util.List;

/// Reads the regular expressions that [Grammar#ofRegex] describes. What is not among them is refused with its place;
/// what java.util.regex would take for something else is never let through.
public final class RegexParser {
    private static final int MAX_DEPTH = 100;
    private static final int END = -1;
    private static final String SYNTAX = "\\^$.|?*+()[]{}";

    private final String pattern;
    private int at;

    private RegexParser(String pattern) {
        this.pattern = pattern;
    }

    /// @throws Vlm4jException.InvalidGrammar when it is malformed, too long, or uses what is not supported
    public static Regex parse(String pattern) {
        if (pattern.length() > Grammar.MAX_REGEX_LENGTH) {
            throw new Vlm4jException.InvalidGrammar("a regular expression of " + pattern.length()
                    + " characters; more than " + Grammar.MAX_REGEX_LENGTH + " are refused");
        }
        RegexParser parser = new RegexParser(pattern);
        parser.take('^');
        Regex regex = parser.either(0);
        if (parser.peek() != END) {
            throw parser.refused("an unexpected '" + Character.toString(parser.peek()) + "'");
        }
        return regex;
    }

    private Vlm4jException.InvalidGrammar refused(String what) {
        return new Vlm4jException.InvalidGrammar(
                what + " at position " + at + " of the regular expression '" + pattern + "'");
    }

    private int peek() {
        return at < pattern.length() ? pattern.codePointAt(at) : END;
    }

    private int next() {
        int c = peek();
        if (c == END) {
            throw refused("an unexpected end");
        }
        at += Character.charCount(c);
        return c;
    }

    private boolean take(int c) {
        if (peek() != c) {
            return false;
        }
        next();
        return true;
    }

    private Regex either(int depth) {
        if (depth > MAX_DEPTH) {
            throw refused("more than " + MAX_DEPTH + " groups in each other");
        }
        List<Regex> choices = new ArrayList<>();
        do {
            choices.add(inOrder(depth));
        } while (take('|'));
        return choices.size() == 1 ? choices.getFirst() : new Regex.Either(choices);
    }

    private Regex inOrder(int depth) {
        List<Regex> parts = new ArrayList<>();
        while (peek() != END && peek() != '|' && peek() != ')') {
            if (peek() == '$' && at == pattern.length() - 1) {
                next();
            } else {
                parts.add(repeated(depth));
            }
        }
        return parts.size() == 1 ? parts.getFirst() : new Regex.InOrder(parts);
    }

    private Regex repeated(int depth) {
        Regex what = single(depth);
        while (true) {
            switch (peek()) {
                case '*' -> what = new Regex.Repeat(what, 0, Regex.MANY);
                case '+' -> what = new Regex.Repeat(what, 1, Regex.MANY);
                case '?' -> what = new Regex.Repeat(what, 0, 1);
                case '{' -> {
                    next();
                    what = counted(what);
                }
                default -> {
                    return what;
                }
            }
            next();
            if (peek() == '+') {
                throw refused("a possessive quantifier, which is not supported,");
            }
            take('?'); // takes as few as possible: of no meaning where everything must match
            if (peek() == '*' || peek() == '+' || peek() == '?' || peek() == '{') {
                throw refused("a quantifier of a quantifier, which needs a group,");
            }
        }
    }

    private Regex counted(Regex what) {
        int min = number();
        int max = min;
        if (take(',')) {
            max = peek() == '}' ? Regex.MANY : number();
        }
        if (peek() != '}') {
            throw refused("a malformed count");
        }
        if (max < min) {
            throw refused("a count whose end " + max + " is below its beginning " + min);
        }
        return new Regex.Repeat(what, min, max); // the caller takes the brace
    }

    private int number() {
        int begin = at;
        while (peek() >= '0' && peek() <= '9') {
            next();
            if (at - begin > 9) {
                throw refused("a count above " + Grammar.MAX_REPETITIONS);
            }
        }
        if (at == begin) {
            throw refused("a count without a number");
        }
        int number = Integer.parseInt(pattern.substring(begin, at));
        if (number > Grammar.MAX_REPETITIONS) {
            throw refused("a count above " + Grammar.MAX_REPETITIONS);
        }
        return number;
    }

    private Regex single(int depth) {
        int c = peek();
        if (c == '(') {
            return group(depth);
        }
        if (c == '[') {
            next();
            return one(characterClass());
        }
        if (c == '.') {
            next();
            return one(CodePoints.DOT);
        }
        if (c == '\\') {
            return one(escape(false));
        }
        if (SYNTAX.indexOf(c) >= 0) {
            throw refused("an unexpected '" + Character.toString(c) + "'");
        }
        return one(literal(next()));
    }

    private CodePoints literal(int c) {
        CodePoints set = CodePoints.ofRange(c, c);
        if (set.isEmpty()) {
            throw refused("a character that no text has (NUL or half a surrogate pair)");
        }
        return set;
    }

    private Regex one(CodePoints set) {
        if (set.isEmpty()) {
            throw refused("a class that no character is in, ended");
        }
        return new Regex.One(set);
    }

    private Regex group(int depth) {
        next();
        if (peek() == '?') {
            if (!pattern.startsWith("?:", at)) {
                throw refused("a look-around, flag or named group, which is not supported,");
            }
            at += 2;
        }
        Regex inside = either(depth + 1);
        if (!take(')')) {
            throw refused("a group that is not closed");
        }
        return inside;
    }

    private CodePoints characterClass() {
        boolean negated = take('^');
        CodePoints set = CodePoints.NONE;
        do {
            set = set.or(member());
        } while (peek() != ']');
        next();
        return negated ? set.not() : set;
    }

    private CodePoints member() {
        if (peek() == '[' || peek() == ']' || pattern.startsWith("&&", at)) {
            throw refused("a class in a class, an intersection, or a bracket that needs a backslash,");
        }
        CodePoints low = peek() == '\\' ? escape(true) : literal(next());
        if (peek() != '-' || at + 1 >= pattern.length() || pattern.charAt(at + 1) == ']') {
            return low;
        }
        next();
        if (peek() == '[') {
            throw refused("a class in a class");
        }
        CodePoints high = peek() == '\\' ? escape(true) : literal(next());
        if (pattern.startsWith("&&", at - 1)) {
            throw refused("an intersection, which is not supported,");
        }
        return CodePoints.ofRange(end(low), atLeast(end(low), end(high)));
    }

    private int end(CodePoints single) {
        int c = single.ranges().getFirst().first();
        if (single.ranges().getLast().last() != c) {
            throw refused("a range whose end is a class");
        }
        return c;
    }

    private int atLeast(int low, int high) {
        if (high < low) {
            throw refused("a range that ends before it begins");
        }
        return high;
    }

    private CodePoints escape(boolean inClass) {
        next();
        int c = next();
        return switch (c) {
            case 'd' -> CodePoints.DIGITS;
            case 'D' -> CodePoints.DIGITS.not();
            case 'w' -> CodePoints.WORD;
            case 'W' -> CodePoints.WORD.not();
            case 's' -> CodePoints.SPACE;
            case 'S' -> CodePoints.SPACE.not();
            case 't' -> literal('\t');
            case 'n' -> literal('\n');
            case 'r' -> literal('\r');
            case 'f' -> literal('\f');
            case 'x' -> literal(hexadecimal(2));
            case 'u' -> literal(hexadecimal(4));
            default -> {
                if (c < 128 && Character.isLetterOrDigit(c)) {
                    at -= 2;
                    throw refused(
                            "'\\" + (char) c + "'" + (inClass ? " in a class" : "") + ", which is not supported,");
                }
                yield literal(c);
            }
        };
    }

    private int hexadecimal(int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = Character.digit(next(), 16);
            if (digit < 0) {
                throw refused("an escape that needs " + digits + " hexadecimal digits, ended");
            }
            value = value * 16 + digit;
        }
        return value;
    }
}
