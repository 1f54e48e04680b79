package io.vlm4j.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// A text as it was given on the command line, `-` for all of standard input. The line break at the end of the input,
/// which is the shell's and not the text's, is left out.
final class TextArgument {
    private TextArgument() {}

    /// @throws Failure when there is no text
    static String read(String argument, Terminal terminal) {
        String text = argument.equals("-") ? all(terminal) : argument;
        if (text.isEmpty()) {
            throw new Failure(ExitCode.PROMPT, "the text is empty");
        }
        return text;
    }

    private static String all(Terminal terminal) {
        try {
            String text = new String(terminal.in().readAllBytes(), StandardCharsets.UTF_8);
            return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        } catch (IOException e) {
            throw new Failure(ExitCode.PROMPT, "standard input cannot be read: " + e.getMessage(), e);
        }
    }
}
