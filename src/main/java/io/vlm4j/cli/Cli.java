package io.vlm4j.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.UnmatchedArgumentException;

/// All commands put together; from arguments to an exit code without touching the process.
final class Cli {
    private static final int HELP_WIDTH = 100;

    private final RootCommand root;
    private final Terminal terminal;

    Cli(Terminal terminal, Interruption interruption) {
        this.terminal = terminal;
        this.root = new RootCommand(terminal, interruption);
    }

    int run(String... arguments) {
        try {
            int code = commandLine(List.of(arguments)).execute(arguments);
            terminal.out().flush();
            return code;
        } catch (Failure | Error e) { // while flushing, or nothing that a command could help
            return report(e);
        } finally {
            terminal.err().flush();
        }
    }

    CommandLine commandLine() {
        return commandLine(List.of());
    }

    private CommandLine commandLine(List<String> arguments) {
        CommandLine serve = new CommandLine(new ServeCommand(root));
        serve.setDefaultValueProvider(new ServeSettings(arguments, System.getenv()));
        CommandLine commands = new CommandLine(root)
                .addSubcommand(new DescribeCommand(root))
                .addSubcommand(new ExtractCommand(root))
                .addSubcommand(new ChatCommand(root))
                .addSubcommand(new CompleteCommand(root))
                .addSubcommand(new AttendCommand(root))
                .addSubcommand(new ConvertCommand(root))
                .addSubcommand(new EvalCommand(root))
                .addSubcommand(new TrainCommand(root))
                .addSubcommand(new PushCommand(root))
                .addSubcommand(serve)
                .addSubcommand(new InfoCommand(root))
                .addSubcommand(new TokenizeCommand(root))
                .addSubcommand(new DevicesCommand(root))
                .addSubcommand(new BenchCommand(root))
                .addSubcommand(new LoadCommand(root))
                .addSubcommand(new FuzzCommand(root))
                .addSubcommand(new SoakCommand(root))
                .addSubcommand(new VersionCommand(root));
        IExecutionExceptionHandler onFailure = (failure, command, parsed) -> report(failure);
        IParameterExceptionHandler onMisuse = (misuse, given) -> {
            // picocli wraps what a provider of defaults throws, with the whole command line and so with the keys on it
            root.message(Failure.describe(misuse.getCause() instanceof Failure failure ? failure : misuse));
            StringWriter hints = new StringWriter();
            UnmatchedArgumentException.printSuggestions(misuse, new PrintWriter(hints));
            terminal.err().print(hints.toString());
            terminal.err()
                    .line("Try '" + misuse.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
            return ExitCode.USAGE;
        };
        commands.getCommandSpec().versionProvider(Version::lines);
        return commands.setExecutionExceptionHandler(onFailure)
                .setParameterExceptionHandler(onMisuse)
                .setOut(terminal.out().writer())
                .setErr(terminal.err().writer())
                .setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF))
                .setUsageHelpWidth(HELP_WIDTH)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    /// One line that says what went wrong.
    private int report(Throwable failure) {
        int code = ExitCode.of(failure);
        if (code == ExitCode.OUTPUT_CLOSED || code == ExitCode.INTERRUPTED) {
            return code; // the user knows
        }
        root.message(Failure.describe(failure));
        if (root.isVerbose()) {
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            terminal.err().print(trace.toString());
        }
        return code;
    }
}
