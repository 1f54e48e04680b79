package io.vlm4j.cli;

import io.vlm4j.Vlm4jException;
import io.vlm4j.chat.ChatReply;
import java.nio.file.Path;
import java.util.Optional;

/// `vlm4j chat` with a person or a stream of lines: message, answer, message, answer, and commands between them.
final class ChatLoop {
    private final RootCommand root;
    private final ChatSession session;
    private final ChatInput input;
    private final ChatScreen screen;
    private final ChatCommands commands;
    private int code = ExitCode.OK;

    ChatLoop(RootCommand root, ChatSession session, ChatInput input) {
        this.root = root;
        this.session = session;
        this.input = input;
        this.screen = new ChatScreen(root, input);
        this.commands = new ChatCommands(session, screen);
    }

    /// Until the input ends or somebody leaves.
    ///
    /// @return the exit code: of the first thing that went wrong if nobody sat there to see it
    int run() {
        if (input.isTyped()) {
            screen.remark("/help lists commands, Ctrl-C stops an answer, Ctrl-D leaves");
            int messages = session.chat().transcript().size();
            if (messages > 0) {
                screen.remark(messages == 1 ? "1 message so far" : messages + " messages so far; /history shows them");
            }
            session.attached().forEach(picture -> screen.remark("attached " + picture));
        }
        while (!root.interruption().isRequested()) {
            try {
                Optional<String> typed = input.next(prompt());
                if (typed.isEmpty() || work(typed.get()) == ChatCommands.Outcome.LEAVE) {
                    return code;
                }
            } catch (Vlm4jException | IllegalArgumentException | Failure e) {
                failed(e);
            }
        }
        return ExitCode.INTERRUPTED;
    }

    private void failed(RuntimeException e) {
        int reason = ExitCode.of(e);
        if (reason == ExitCode.OUTPUT_CLOSED) {
            throw e;
        }
        screen.problem(Failure.describe(e));
        if (e instanceof Vlm4jException.ContextFull && input.isTyped()) {
            screen.remark("/undo and /clear make room, and so does /set overflow drop_oldest_turns");
        }
        if (!input.isTyped() && code == ExitCode.OK) {
            code = reason;
        }
    }

    private String prompt() {
        String fork = session.currentFork();
        StringBuilder prompt = new StringBuilder();
        if (!fork.equals(ChatSession.MAIN)) {
            prompt.append(fork).append(' ');
        }
        int pictures = session.attached().size();
        if (pictures > 0) {
            prompt.append(pictures == 1 ? "(1 picture)" : "(" + pictures + " pictures)")
                    .append(' ');
        }
        return prompt.append("> ").toString();
    }

    private ChatCommands.Outcome work(String typed) {
        try (Interruption.Work _ = root.interruption().begin()) {
            return handle(typed);
        }
    }

    private ChatCommands.Outcome handle(String typed) {
        String text = Multiline.text(typed);
        if (input.isTyped() && SlashCommand.in(text).isEmpty()) {
            DroppedPictures dropped = DroppedPictures.in(text);
            for (Path file : dropped.files()) {
                screen.remark("attached " + session.attach(file));
            }
            text = dropped.text();
        }
        if (text.isBlank()) {
            return ChatCommands.Outcome.GO_ON;
        }
        if (text.startsWith("/") && !text.startsWith("//")) {
            return commands.run(text);
        }
        String message = text.startsWith("//") ? text.substring(1) : text;
        input.whileAnswering(() -> answer(message));
        return ChatCommands.Outcome.GO_ON;
    }

    private void answer(String message) {
        ProgressLine progress = root.progress();
        ChatPrinter printer = new ChatPrinter(root, screen, progress);
        try {
            int pictures = session.attached().size();
            progress.show(pictures == 0 ? "reading the prompt" : "looking at the picture" + (pictures == 1 ? "" : "s"));
            ChatReply reply = session.ask(
                    session.question(message), printer, root.interruption().newCancellation());
            printer.end(
                    reply,
                    session.contextTokens()
                            + session.contextLength().map(most -> "/" + most).orElse(""));
        } catch (Throwable t) {
            printer.abandon();
            throw t;
        }
    }
}
