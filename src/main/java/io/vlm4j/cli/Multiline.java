package io.vlm4j.cli;

/// Texts of several lines: a line that ends in a backslash goes on in the next, and what begins with three quotes goes
/// on to the three quotes at its end. Both may follow a command, as in `/system """`.
final class Multiline {
    private static final String BLOCK = "\"\"\"";

    private Multiline() {}

    /// Whether more lines must follow.
    static boolean isOpen(String typed) {
        String text = typed.substring(begin(typed));
        if (text.startsWith(BLOCK)) {
            String block = text.stripTrailing();
            return block.length() < 2 * BLOCK.length() || !block.endsWith(BLOCK);
        }
        return goesOn(typed);
    }

    /// The text that was meant, without the marks.
    static String text(String typed) {
        int begin = begin(typed);
        String text = typed.substring(begin);
        if (text.startsWith(BLOCK)) {
            String block = text.stripTrailing().substring(BLOCK.length());
            String inner = block.endsWith(BLOCK) ? block.substring(0, block.length() - BLOCK.length()) : block;
            return typed.substring(0, begin) + withoutOuterBreaks(inner);
        }
        StringBuilder joined = new StringBuilder();
        for (String line : typed.split("\n", -1)) {
            boolean goesOn = goesOn(line);
            joined.append(goesOn ? line.substring(0, line.length() - 1) : line).append('\n');
        }
        return joined.substring(0, joined.length() - 1);
    }

    /// Where the text begins behind a command's name.
    private static int begin(String typed) {
        if (!typed.startsWith("/")) {
            return 0;
        }
        int at = 0;
        while (at < typed.length() && !Character.isWhitespace(typed.charAt(at))) {
            at++;
        }
        while (at < typed.length() && Character.isWhitespace(typed.charAt(at))) {
            at++;
        }
        return at;
    }

    /// Two backslashes are two backslashes.
    private static boolean goesOn(String line) {
        int backslashes = 0;
        while (backslashes < line.length() && line.charAt(line.length() - 1 - backslashes) == '\\') {
            backslashes++;
        }
        return backslashes % 2 == 1;
    }

    private static String withoutOuterBreaks(String inner) {
        String text = inner.startsWith("\n") ? inner.substring(1) : inner;
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }
}
