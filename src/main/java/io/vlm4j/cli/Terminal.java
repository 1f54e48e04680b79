package io.vlm4j.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// The three streams of a run. Tests hand in their own.
///
/// @param in       standard input
/// @param out      results
/// @param err      messages and progress
/// @param progress whether a line on `err` may be written over again and again
/// @param typed    whether a person types what `in` reads
/// @param styled   whether terminals show text in other ways than plain
record Terminal(InputStream in, Output out, Output err, boolean progress, boolean typed, boolean styled) {
    /// Whether the launcher saw a terminal at these streams: `true` or `false`.
    static final String IN_IS_TERMINAL = "vlm4j.stdin.tty";

    static final String OUT_IS_TERMINAL = "vlm4j.stdout.tty";

    static final String ERR_IS_TERMINAL = "vlm4j.stderr.tty";

    /// Streams of which nobody types the first, and which are plain.
    Terminal(InputStream in, Output out, Output err, boolean progress) {
        this(in, out, err, progress, false, false);
    }

    static Terminal ofProcess() {
        boolean err = isTerminal(ERR_IS_TERMINAL, 2);
        String kind = System.getenv("TERM");
        boolean able = kind != null && !kind.equals("dumb");
        String noColor = System.getenv("NO_COLOR"); // no-color.org
        return new Terminal(
                new FileInputStream(FileDescriptor.in),
                Output.ofResults(new FileOutputStream(FileDescriptor.out), isTerminal(OUT_IS_TERMINAL, 1)),
                Output.ofMessages(new FileOutputStream(FileDescriptor.err), err),
                err && able,
                isTerminal(IN_IS_TERMINAL, 0),
                able && (noColor == null || noColor.isEmpty()));
    }

    /// Java's console is standard input and output together, or nothing. So the launcher's word counts, and without one
    /// what Linux says about the stream.
    private static boolean isTerminal(String property, int descriptor) {
        String told = System.getProperty(property);
        if (told != null) {
            return Boolean.parseBoolean(told);
        }
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }
}
