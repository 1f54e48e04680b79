package io.vlm4j.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;

/// Text to the outside, in UTF-8 and buffered. One thread at a time.
///
/// [java.io.PrintStream] keeps quiet when nobody reads any more; this does not, so that `vlm4j ... | head -1` ends
/// early. Answers of models and texts in files are not ours: on a terminal their control characters are shown, not
/// obeyed.
final class Output {
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}&&[^\\n\\t]]|[\\x{80}-\\x{9f}]");

    private final OutputStream stream;
    private final boolean terminal;
    private final boolean failing;
    private boolean broken;

    private Output(OutputStream stream, boolean terminal, boolean failing) {
        this.stream = new BufferedOutputStream(stream);
        this.terminal = terminal;
        this.failing = failing;
    }

    /// Where results go: what cannot be written is a [Failure].
    static Output ofResults(OutputStream stream, boolean terminal) {
        return new Output(stream, terminal, true);
    }

    /// Where messages go: what cannot be written is lost, as there is no one to tell.
    static Output ofMessages(OutputStream stream, boolean terminal) {
        return new Output(stream, terminal, false);
    }

    boolean isTerminal() {
        return terminal;
    }

    void print(String text) {
        write(terminal ? CONTROL.matcher(text).replaceAll("\uFFFD") : text);
    }

    void line(String text) {
        print(text);
        write("\n");
    }

    /// Text of our own that steers the terminal.
    void control(String text) {
        write(text);
    }

    /// Everything up to here to the reader.
    void flush() {
        if (broken) {
            return;
        }
        try {
            stream.flush();
        } catch (IOException e) {
            fail(e);
        }
    }

    /// For picocli, which prints help and the version.
    PrintWriter writer() {
        return new PrintWriter(stream, true, StandardCharsets.UTF_8);
    }

    private void write(String text) {
        if (broken) {
            return;
        }
        try {
            stream.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            fail(e);
        }
    }

    private void fail(IOException e) {
        broken = true;
        if (failing) {
            String reason = String.valueOf(e.getMessage());
            throw reason.toLowerCase(Locale.ROOT).contains("broken pipe")
                    ? new Failure(ExitCode.OUTPUT_CLOSED, "nobody reads the output any more", e)
                    : new Failure(ExitCode.FAILURE, "cannot write the output: " + reason, e);
        }
    }
}
