package io.vlm4j.sampling.internal;

import io.vlm4j.Vlm4jException.InvalidGrammar;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Bounds of a GBNF grammar, checked before native code parses it by recursion, where one that is nested too deep ends
/// the process. What is wrong with a grammar otherwise, native code says.
///
/// Source: `llama_grammar_parser::parse_sequence` and `llama_grammar_detect_left_recursion` of llama-grammar.cpp.
public final class GbnfLimits {
    /// Most characters of a grammar.
    public static final int MAX_LENGTH = 2_000_000;

    /// Deepest nesting of parentheses.
    public static final int MAX_NESTING = 100;

    /// Longest chain of rules of which each may begin with the next one.
    public static final int MAX_CHAIN = 1000;

    /// Most elements in a row that may be missing: each is a place where the text may go on.
    public static final int MAX_OPTIONAL = 100;

    private final String source;
    private final Map<String, List<String>> beginnings = new HashMap<>(); // what a rule or group may begin with
    private final Deque<Sequence> open = new ArrayDeque<>(); // the rule, and groups in it
    private final Deque<String> names = new ArrayDeque<>(); // of the groups that are open
    private int groups;
    private int at;

    /// Where the scan of a rule or a group stands.
    private static final class Sequence {
        final List<String> beginnings;
        boolean begins = true;
        int optional;

        Sequence(List<String> beginnings) {
            this.beginnings = beginnings;
        }

        void alternative() {
            begins = true;
            optional = 0;
        }
    }

    private GbnfLimits(String source) {
        this.source = source;
    }

    /// @throws InvalidGrammar when it is beyond a bound, saying which
    public static void check(String source) {
        if (source.length() > MAX_LENGTH) {
            throw new InvalidGrammar(
                    "the grammar has " + source.length() + " characters, more than the " + MAX_LENGTH + " allowed");
        }
        GbnfLimits limits = new GbnfLimits(source);
        limits.scan();
        limits.checkChains();
    }

    private void scan() {
        while (at < source.length()) {
            char c = source.charAt(at);
            if (c == '#') {
                at = end('\n', false);
            } else if (c == '"') {
                boolean empty = at + 1 < source.length() && source.charAt(at + 1) == '"';
                at = end('"', true);
                element(empty ? "" : null);
            } else if (c == '[') {
                at = end(']', true);
                element(null);
            } else if (c == '(') {
                begin();
            } else if (c == ')') {
                at++;
                element(open.size() > 1 ? closed() : "");
            } else if (c == '|') {
                at++;
                if (!open.isEmpty()) {
                    open.peek().alternative();
                }
            } else if (isName(c)) {
                name();
            } else if (c == '.' || c == '<') {
                at = c == '<' ? end('>', false) : at + 1;
                element(null);
            } else {
                at++;
            }
        }
    }

    private void begin() {
        at++;
        String name = "(" + groups++;
        List<String> begins = new ArrayList<>(1);
        beginnings.put(name, begins);
        names.push(name);
        open.push(new Sequence(begins));
        if (names.size() > MAX_NESTING) {
            throw new InvalidGrammar(
                    "the grammar nests parentheses more than " + MAX_NESTING + " deep, at character " + (at - 1));
        }
    }

    private String closed() {
        open.pop();
        return names.pop();
    }

    private void name() {
        int from = at;
        while (at < source.length() && isName(source.charAt(at))) {
            at++;
        }
        String name = source.substring(from, at);
        int next = at;
        while (next < source.length() && source.charAt(next) <= ' ') {
            next++;
        }
        if (source.startsWith("::=", next)) {
            at = next + 3;
            names.clear();
            open.clear();
            open.push(new Sequence(beginnings.computeIfAbsent(name, key -> new ArrayList<>())));
        } else {
            element(name);
        }
    }

    /// An element of the sequence that is open.
    ///
    /// @param what `null` for characters; empty for none; else the rule or group
    private void element(@Nullable String what) {
        boolean mayBeMissing = suffix();
        Sequence sequence = open.peek();
        if (sequence == null || (what != null && what.isEmpty())) {
            return;
        }
        if (what != null && sequence.begins) {
            sequence.beginnings.add(what);
        }
        if (mayBeMissing) {
            sequence.optional++;
            if (sequence.optional > MAX_OPTIONAL) {
                throw new InvalidGrammar("the grammar has more than " + MAX_OPTIONAL
                        + " elements in a row that may be missing, at character " + at);
            }
        } else if (what == null) {
            sequence.begins = false;
            sequence.optional = 0;
        }
    }

    /// Reads `?`, `*`, `+` or `{m,n}`; whether what is before it may be missing.
    private boolean suffix() {
        while (at < source.length() && (source.charAt(at) == ' ' || source.charAt(at) == '\t')) {
            at++;
        }
        if (at >= source.length()) {
            return false;
        }
        char c = source.charAt(at);
        if (c == '?' || c == '*') {
            at++;
            return true;
        }
        if (c != '{') {
            return false;
        }
        int least = at + 1;
        at = end('}', false);
        return least < source.length() && source.charAt(least) == '0';
    }

    /// The position after the next of these characters.
    private int end(char last, boolean escapes) {
        for (int i = at + 1; i < source.length(); i++) {
            if (escapes && source.charAt(i) == '\\') {
                i++;
            } else if (source.charAt(i) == last) {
                return i + 1;
            }
        }
        return source.length();
    }

    private static boolean isName(char c) {
        return c == '-' || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    /// Goes through the rules as native code looks for left recursion, and measures how deep that gets.
    private void checkChains() {
        Map<String, Boolean> visited = HashMap.newHashMap(beginnings.size());
        for (String start : beginnings.keySet()) {
            Deque<Deque<String>> path = new ArrayDeque<>();
            path.push(new ArrayDeque<>(List.of(start)));
            while (!path.isEmpty()) {
                String next = path.peek().poll();
                if (next == null) {
                    path.pop();
                } else if (visited.put(next, true) == null) {
                    path.push(new ArrayDeque<>(beginnings.getOrDefault(next, List.of())));
                    if (path.size() > MAX_CHAIN) {
                        throw new InvalidGrammar("the grammar has more than " + MAX_CHAIN
                                + " rules or groups of which each may begin with the next, the last one being " + next);
                    }
                }
            }
        }
    }
}
