package io.vlm4j.cli;

import java.util.Optional;

/// Where the messages of a conversation come from: typed at a terminal, or a stream of lines.
interface ChatInput extends AutoCloseable {
    /// The next message or command as it was written, marks of several lines included; empty at the end.
    ///
    /// @param prompt what a person is shown meanwhile
    /// @throws Failure when this one cannot be used; there may be others
    Optional<String> next(String prompt);

    /// Runs while an answer is written: keys that are pressed meanwhile do not show up in it.
    void whileAnswering(Runnable answer);

    /// Columns of the screen.
    int width();

    /// Whether a person sits there.
    boolean isTyped();

    @Override
    void close();
}
