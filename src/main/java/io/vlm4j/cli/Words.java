package io.vlm4j.cli;

import java.util.ArrayList;
import java.util.List;

/// The words of a line as a shell would see them, and where in the line they stand: separated by white space, which
/// quotes around a word or a backslash before it make part of the word.
///
/// A quote counts only where a word begins, so that `what's this?` is two words of plain text. In double quotes a
/// backslash stands before a quote or another backslash; in single quotes it is itself.
final class Words {
    private final String line;
    private int at;

    private Words(String line) {
        this.line = line;
    }

    /// One word.
    ///
    /// @param text   without quotes and backslashes
    /// @param start  of the word in the line, quote included
    /// @param end    behind it
    /// @param quoted whether it stood in quotes
    /// @param closed whether the quote that it began with was closed
    record Word(String text, int start, int end, boolean quoted, boolean closed) {}

    static List<Word> of(String line) {
        Words reader = new Words(line);
        List<Word> words = new ArrayList<>();
        while (reader.skipSpace()) {
            words.add(reader.next());
        }
        return words;
    }

    /// The words of a command's arguments.
    ///
    /// @throws Failure when a quote is not closed
    static List<String> texts(String line) {
        List<String> texts = new ArrayList<>();
        for (Word word : of(line)) {
            if (!word.closed()) {
                throw new Failure(ExitCode.USAGE, "a quote is not closed: " + line.substring(word.start()));
            }
            texts.add(word.text());
        }
        return texts;
    }

    private boolean skipSpace() {
        while (at < line.length() && Character.isWhitespace(line.charAt(at))) {
            at++;
        }
        return at < line.length();
    }

    private Word next() {
        char first = line.charAt(at);
        return first == '"' || first == '\'' ? quoted(first) : plain();
    }

    private Word plain() {
        int start = at;
        StringBuilder text = new StringBuilder();
        while (at < line.length() && !Character.isWhitespace(line.charAt(at))) {
            if (line.charAt(at) == '\\' && at + 1 < line.length()) {
                at++;
            }
            text.append(line.charAt(at++));
        }
        return new Word(text.toString(), start, at, false, true);
    }

    private Word quoted(char quote) {
        int start = at++;
        StringBuilder text = new StringBuilder();
        while (at < line.length()) {
            char next = line.charAt(at++);
            if (next == quote) {
                return new Word(text.toString(), start, at, true, true);
            }
            if (next == '\\' && quote == '"' && at < line.length() && isEscapable(line.charAt(at))) {
                next = line.charAt(at++);
            }
            text.append(next);
        }
        return new Word(text.toString(), start, at, true, false);
    }

    private static boolean isEscapable(char next) {
        return next == '"' || next == '\\';
    }
}
