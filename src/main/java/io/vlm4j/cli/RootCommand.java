package io.vlm4j.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// `vlm4j` itself: what all commands share, which are the streams, Ctrl-C, and how much is told.
@Command(
        name = "vlm4j",
        description = "Asks vision-language models about pictures, on this machine.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Without --model, commands use the small model that comes with the source tree.",
            "Exit codes: 0 done, 1 failure, 2 wrong use, 3 model, 4 picture, 5 prompt or grammar,",
            "6 native libraries, 7 the hub, 8 an isolated process died, 130 interrupted, 141 nobody reads the output."
        })
final class RootCommand implements Runnable {
    private final Terminal terminal;
    private final Interruption interruption;

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli, before anything runs
    private CommandSpec spec;

    @Option(
            names = {"-q", "--quiet"},
            scope = ScopeType.INHERIT,
            description = "Tell nothing but results and errors.")
    private boolean quiet;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Tell more on standard error: timings, the log, stack traces.")
    private boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli's business
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version; the command 'version' tells more.")
    @SuppressWarnings("UnusedVariable")
    private boolean version;

    RootCommand(Terminal terminal, Interruption interruption) {
        this.terminal = terminal;
        this.interruption = interruption;
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "which command? There are "
                        + String.join(", ", spec.subcommands().keySet()));
    }

    Terminal terminal() {
        return terminal;
    }

    Output out() {
        return terminal.out();
    }

    Output err() {
        return terminal.err();
    }

    Interruption interruption() {
        return interruption;
    }

    boolean isVerbose() {
        return verbose;
    }

    boolean isQuiet() {
        return quiet;
    }

    /// A line on standard error that is good to know but no error.
    void note(String text) {
        if (!quiet) {
            message(text);
        }
    }

    /// A line on standard error.
    void message(String text) {
        terminal.err().line("vlm4j: " + text);
        terminal.err().flush();
    }

    ProgressLine progress() {
        return new ProgressLine(terminal.err(), terminal.progress() && !quiet && !verbose);
    }
}
