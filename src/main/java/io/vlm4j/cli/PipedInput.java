package io.vlm4j.cli;

import java.io.InputStream;
import java.util.Optional;

/// Messages from a stream, one a line, or several lines as [Multiline] has it.
final class PipedInput implements ChatInput {
    /// Far more than any model reads.
    static final int LONGEST_LINE = 16 << 20;

    private static final int WIDTH = 100;

    private final InputLines lines;

    PipedInput(InputStream in) {
        this.lines = new InputLines(in, LONGEST_LINE);
    }

    @Override
    public Optional<String> next(String prompt) {
        Optional<String> first = lines.next();
        if (first.isEmpty()) {
            return first;
        }
        StringBuilder message = new StringBuilder(first.get());
        while (Multiline.isOpen(message.toString())) {
            Optional<String> more = lines.next();
            if (more.isEmpty()) {
                break;
            }
            message.append('\n').append(more.get());
            if (message.length() > LONGEST_LINE) {
                throw new Failure(
                        ExitCode.PROMPT, "a message of several lines is longer than " + LONGEST_LINE + " characters");
            }
        }
        return Optional.of(message.toString());
    }

    @Override
    public void whileAnswering(Runnable answer) {
        answer.run();
    }

    @Override
    public int width() {
        return WIDTH;
    }

    @Override
    public boolean isTyped() {
        return false;
    }

    @Override
    public void close() {}
}
