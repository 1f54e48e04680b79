package io.vlm4j.cli;

import io.vlm4j.chat.OverflowPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `vlm4j chat`: question after question.
@Command(
        name = "chat",
        description = {
            "Talks with a model, about pictures or anything else.",
            "At a terminal, lines are edited, completed and remembered, and /help lists commands. Lines from a pipe"
                    + " are messages, too."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class ChatCommand implements Callable<Integer> {
    private final RootCommand root;

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli, before anything runs
    private CommandSpec spec;

    @Option(
            names = {"-i", "--image"},
            paramLabel = "FILE",
            description = "Attach a picture to the first message. May be repeated.")
    private List<String> images = List.of();

    @Option(
            names = {"-s", "--system"},
            paramLabel = "TEXT",
            description = "Tell the model how to behave.")
    private @Nullable String system;

    @Option(names = "--load", paramLabel = "FILE", description = "Go on with a conversation that was saved.")
    private @Nullable Path load;

    @Option(names = "--no-thinking", description = "Ask a model that can think aloud not to.")
    private boolean noThinking;

    @Option(
            names = "--overflow",
            paramLabel = "POLICY",
            description = "What happens when the context is full: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private OverflowPolicy overflow = OverflowPolicy.FAIL;

    @Option(names = "--no-history", description = "Neither read nor write the file of lines that were typed.")
    private boolean noHistory;

    @Option(
            names = "--json",
            description = "Read a JSON object from each line of standard input, and answer each with one.")
    private boolean json;

    @Mixin
    private VlmFlags model = new VlmFlags();

    @Mixin
    @SuppressWarnings("UnusedVariable") // ChatSettings reads what picocli parsed
    private GenerationFlags generation = new GenerationFlags();

    ChatCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        if (images.contains(MediaArgument.STANDARD_INPUT)) {
            throw new Failure(ExitCode.USAGE, "standard input is the conversation and cannot be a picture, too");
        }
        MediaArgument.of(images, InputStream.nullInputStream()); // before a model is loaded for nothing
        ChatSettings settings = new ChatSettings(spec.commandLine().getParseResult(), !noThinking, overflow);
        VlmFlags.Request request = model.find(root);
        try (VlmFlags.Opened opened = open(request)) {
            settings.model(opened);
            ChatSession session = new ChatSession(opened.vlm(), opened.sees(), settings);
            if (load != null) {
                session.load(load);
            }
            if (system != null) {
                session.chat().system(system);
            }
            images.forEach(image -> session.attach(Path.of(image)));
            return json ? new ChatJsonLines(root, session).run() : talk(session);
        }
    }

    private VlmFlags.Opened open(VlmFlags.Request request) {
        ProgressLine progress = root.progress();
        try (Interruption.Work _ = root.interruption().begin()) {
            return request.open(root, progress);
        } finally {
            progress.clear();
        }
    }

    private int talk(ChatSession session) {
        try (ChatInput input = input(session)) {
            return new ChatLoop(root, session, input).run();
        }
    }

    private ChatInput input(ChatSession session) {
        boolean screen = root.out().isTerminal() || root.terminal().err().isTerminal();
        if (root.terminal().typed() && screen) {
            try {
                return TypedInput.ofProcess(session::forkNames, history(), root.interruption()::stopWork);
            } catch (IOException e) {
                root.note("the terminal cannot be used for editing: " + e.getMessage());
            } catch (NoClassDefFoundError e) {
                root.note("lines cannot be edited: org.jline:jline-reader is not on the class path");
            }
        }
        return new PipedInput(root.terminal().in());
    }

    private Optional<Path> history() {
        if (noHistory) {
            return Optional.empty();
        }
        Path file = HistoryFile.place(System.getenv("XDG_STATE_HOME"), UserPath.home());
        try {
            HistoryFile.prepare(file);
            return Optional.of(file);
        } catch (IOException e) {
            root.note("lines are not remembered: " + file + ": " + e);
            return Optional.empty();
        }
    }
}
