package io.vlm4j.cli;

import io.vlm4j.Vlm4jException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A failure of the command line's own, with what the user reads and the exit code.
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static final Pattern PROPERTY = Pattern.compile("[a-z]+([A-Z][a-z]*)+|threads|temperature|seed");
    private static final Pattern HUMP = Pattern.compile("[A-Z]");

    private final int exitCode;

    Failure(int exitCode, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    Failure(int exitCode, String message) {
        this(exitCode, message, null);
    }

    /// What the library says of a setting that is out of range, under the name that the option has here: `topK` is
    /// `--top-k`.
    static Failure ofSetting(IllegalArgumentException refused) {
        String message = String.valueOf(refused.getMessage());
        int end = message.indexOf(' ');
        String name = end < 0 ? message : message.substring(0, end);
        if (PROPERTY.matcher(name).matches()) {
            message = "--" + HUMP.matcher(name).replaceAll("-$0").toLowerCase(Locale.ROOT) + message.substring(end);
        }
        return new Failure(ExitCode.USAGE, message, refused);
    }

    /// What to tell the user of a failure: its message, with its kind where that is not obvious.
    static String describe(Throwable failure) {
        String message = failure.getMessage();
        boolean known = ExitCode.of(failure) != ExitCode.FAILURE
                || failure instanceof Failure
                || failure instanceof Vlm4jException.InvalidAnswer;
        return known && message != null && !message.isBlank() ? message : failure.toString();
    }

    int exitCode() {
        return exitCode;
    }
}
