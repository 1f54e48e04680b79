package io.vlm4j.prompt.internal;

import io.vlm4j.Vlm4jException.InvalidTemplate;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Bounds of a chat template's source, checked before native code parses it by recursion, where one that is nested too
/// deep ends the process. What is wrong with a template otherwise, native code says.
///
/// Source: parser.cpp and runtime.cpp of llama.cpp's common/jinja.
final class TemplateLimits {
    /// Most characters; those in use have up to some twenty thousand.
    static final int MAX_LENGTH = 1 << 20;

    /// Deepest nesting of blocks, an `elif` counted as one in the `if` before it.
    static final int MAX_BLOCKS = 100;

    /// Deepest nesting of brackets.
    static final int MAX_BRACKETS = 64;

    /// Most operators, filters, members and calls of one expression.
    static final int MAX_OPERATORS = 500;

    private static final Set<String> BLOCKS = Set.of("if", "for", "macro", "call", "filter", "generation", "set");
    private static final Set<String> WORDS = Set.of("and", "or", "not", "if", "else", "is", "in");
    private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private final String source;
    private final Deque<Integer> blocks = new ArrayDeque<>(); // how deep each of those that are open is

    private int at;

    private TemplateLimits(String source) {
        this.source = source;
    }

    /// @throws InvalidTemplate when it is beyond a bound, saying which and where
    static void check(String source) {
        if (source.length() > MAX_LENGTH) {
            throw new InvalidTemplate("the chat template has " + source.length() + " characters, more than the "
                    + MAX_LENGTH + " allowed");
        }
        new TemplateLimits(source).scan();
    }

    private void scan() {
        while (at < source.length()) {
            int brace = source.indexOf('{', at);
            if (brace < 0 || brace + 1 == source.length()) {
                return;
            }
            at = brace + 2;
            switch (source.charAt(brace + 1)) {
                case '#' -> {
                    int end = source.indexOf("#}", at);
                    at = end < 0 ? source.length() : end + 2;
                }
                case '%' -> tag(true);
                case '{' -> tag(false);
                default -> at = brace + 1;
            }
        }
    }

    /// Goes to the end of a tag.
    private void tag(boolean statement) {
        int start = at;
        int brackets = 0;
        int operators = 0;
        String first = "";
        boolean assigns = false;
        while (at < source.length()) {
            char c = source.charAt(at);
            if (c == '\'' || c == '"') {
                text(c);
                continue;
            }
            if (brackets <= 0 && (source.startsWith("%}", at) || source.startsWith("}}", at))) {
                at += 2;
                break;
            }
            if (isLetter(c)) {
                String word = word();
                if (first.isEmpty()) {
                    first = word;
                } else if (WORDS.contains(word)) {
                    operators++;
                }
                continue;
            }
            switch (c) {
                case '(', '[', '{' -> {
                    brackets++;
                    operators++;
                }
                case ')', ']', '}' -> brackets--;
                case '=' -> assigns = true;
                case '+', '-', '*', '/', '~', '|', '.', '<', '>', '!' -> operators++;
                default -> {}
            }
            if (brackets > MAX_BRACKETS) {
                throw beyond("nests brackets more than " + MAX_BRACKETS + " deep", start);
            }
            if (operators > MAX_OPERATORS) {
                throw beyond("has an expression of more than " + MAX_OPERATORS + " operators", start);
            }
            at++;
        }
        if (statement) {
            block(first, assigns, start);
        }
    }

    private void text(char quote) {
        for (at++; at < source.length(); at++) {
            char c = source.charAt(at);
            if (c == '\\') {
                at++;
            } else if (c == quote) {
                at++;
                return;
            }
        }
    }

    private String word() {
        Matcher matcher = WORD.matcher(source).region(at, source.length());
        boolean found = matcher.lookingAt();
        at = found ? matcher.end() : at + 1;
        return found ? matcher.group() : "";
    }

    private void block(String first, boolean assigns, int start) {
        int depth = blocks.isEmpty() ? 0 : blocks.peek();
        if (first.equals("elif") && !blocks.isEmpty()) {
            blocks.pop();
            blocks.push(depth + 1);
        } else if (BLOCKS.contains(first) && !(first.equals("set") && assigns)) {
            blocks.push(depth + 1);
        } else if (first.startsWith("end") && !blocks.isEmpty()) {
            blocks.pop();
        }
        if (!blocks.isEmpty() && blocks.peek() > MAX_BLOCKS) {
            throw beyond("nests blocks more than " + MAX_BLOCKS + " deep", start);
        }
    }

    private static boolean isLetter(char c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static InvalidTemplate beyond(String what, int position) {
        return new InvalidTemplate("the chat template " + what + ", in the tag at character " + position);
    }
}
