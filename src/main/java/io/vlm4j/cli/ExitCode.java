package io.vlm4j.cli;

import io.vlm4j.Vlm4jException;
import picocli.CommandLine.ParameterException;

/// What the process says to the shell when it ends. Documented in `docs/cli.md`; scripts rely on it.
final class ExitCode {
    static final int OK = 0;
    static final int FAILURE = 1;
    static final int USAGE = 2;
    static final int MODEL = 3;
    static final int IMAGE = 4;
    static final int PROMPT = 5;
    static final int NATIVES = 6;
    static final int HUB = 7;
    static final int WORKER = 8;
    /// 128 + SIGINT, as shells have it; the JVM itself exits with it on Ctrl-C.
    static final int INTERRUPTED = 130;
    /// 128 + SIGPIPE, as a program has that does not ignore the signal.
    static final int OUTPUT_CLOSED = 141;

    private ExitCode() {}

    static int of(Throwable failure) {
        return switch (failure) {
            case Failure own -> own.exitCode();
            case Vlm4jException known -> of(known);
            case ParameterException misuse -> USAGE;
            case IllegalArgumentException outOfRange -> USAGE;
            default -> FAILURE;
        };
    }

    private static int of(Vlm4jException failure) {
        return switch (failure) {
            case Vlm4jException.NativeLoad e -> NATIVES;
            case Vlm4jException.InvalidFile e -> MODEL;
            case Vlm4jException.ModelLoad e -> MODEL;
            case Vlm4jException.InvalidMedia e -> IMAGE;
            case Vlm4jException.InvalidTemplate e -> PROMPT;
            case Vlm4jException.InvalidGrammar e -> PROMPT;
            case Vlm4jException.InvalidAnswer e -> FAILURE;
            case Vlm4jException.ContextFull e -> PROMPT;
            case Vlm4jException.Overloaded e -> FAILURE;
            case Vlm4jException.DeadlineExceeded e -> FAILURE;
            case Vlm4jException.Hub e -> HUB;
            case Vlm4jException.Cancelled e -> INTERRUPTED;
            case Vlm4jException.Inference e -> FAILURE;
            case Vlm4jException.NativeAbort e -> FAILURE;
            case Vlm4jException.WorkerDied e -> WORKER;
        };
    }
}
