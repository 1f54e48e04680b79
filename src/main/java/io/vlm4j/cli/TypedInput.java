package io.vlm4j.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.terminal.TerminalBuilder.SystemOutput;

/// Messages that a person types: edited, completed, found again in later sessions.
///
/// The only class that uses JLine, with [ChatCompleter] and [TypedLineParser], so that other commands never load it.
/// Ctrl-C drops what is typed; where nothing is, it leaves at the second time.
final class TypedInput implements ChatInput {
    private static final int MOST_HISTORY = 2_000;
    private static final int DEFAULT_WIDTH = 80;

    private final Terminal terminal;
    private final LineReader reader;

    /// @param history file to remember lines in
    TypedInput(Terminal terminal, Supplier<Set<String>> forks, Optional<Path> history) {
        this.terminal = terminal;
        LineReaderBuilder builder = LineReaderBuilder.builder()
                .terminal(terminal)
                .appName("vlm4j")
                .parser(new TypedLineParser())
                .completer(new ChatCompleter(forks))
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, "... ")
                .variable(LineReader.HISTORY_SIZE, MOST_HISTORY)
                .variable(LineReader.HISTORY_FILE_SIZE, MOST_HISTORY)
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true) // a ! is a !
                .option(LineReader.Option.INSERT_TAB, false)
                .option(LineReader.Option.HISTORY_IGNORE_SPACE, true)
                .option(LineReader.Option.HISTORY_TIMESTAMPED, false);
        history.ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file));
        this.reader = builder.build();
    }

    /// The terminal that this process runs in.
    ///
    /// @param onInterrupt what Ctrl-C does while nothing is typed
    static TypedInput ofProcess(Supplier<Set<String>> forks, Optional<Path> history, Runnable onInterrupt)
            throws IOException {
        Terminal terminal = TerminalBuilder.builder()
                .name("vlm4j")
                .system(true)
                .systemOutput(SystemOutput.SysOutOrSysErr)
                .jni(false) // would unpack a native library of its own
                .encoding(StandardCharsets.UTF_8) // as Output has it, whatever the locale
                .stdinEncoding(StandardCharsets.UTF_8)
                .stdoutEncoding(StandardCharsets.UTF_8)
                .stderrEncoding(StandardCharsets.UTF_8)
                .nativeSignals(true)
                .build();
        terminal.handle(Terminal.Signal.INT, signal -> onInterrupt.run());
        return new TypedInput(terminal, forks, history);
    }

    @Override
    public Optional<String> next(String prompt) {
        boolean warned = false;
        while (true) {
            try {
                return Optional.of(reader.readLine(prompt));
            } catch (UserInterruptException e) {
                Thread.interrupted(); // JLine leaves it set, and would take it for another Ctrl-C
                if (!e.getPartialLine().isEmpty()) {
                    warned = false;
                } else if (warned) {
                    return Optional.empty();
                } else {
                    warned = true;
                    terminal.writer().println("(Ctrl-C again leaves)");
                    terminal.flush();
                }
            } catch (EndOfFileException e) {
                if (Terminal.TYPE_DUMB.equals(terminal.getType())) {
                    terminal.writer().println();
                    terminal.flush();
                }
                return Optional.empty();
            }
        }
    }

    @Override
    public void whileAnswering(Runnable answer) {
        boolean echo = terminal.echo(false);
        try {
            answer.run();
        } finally {
            terminal.echo(echo);
        }
    }

    @Override
    public int width() {
        int columns = terminal.getColumns();
        return columns > 0 ? columns : DEFAULT_WIDTH;
    }

    @Override
    public boolean isTyped() {
        return true;
    }

    @Override
    public void close() {
        try {
            terminal.close();
        } catch (IOException e) {
            // the process ends anyway
        }
    }
}
