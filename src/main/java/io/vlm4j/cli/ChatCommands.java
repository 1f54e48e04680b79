package io.vlm4j.cli;

import io.vlm4j.chat.ChatReply;
import io.vlm4j.chat.Conversation;
import io.vlm4j.generation.Timings;
import io.vlm4j.generation.Usage;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Content;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Does what begins with a slash.
final class ChatCommands {
    /// Whether the conversation goes on.
    enum Outcome {
        GO_ON,
        LEAVE
    }

    private static final List<String> KEYS = List.of(
            "\\ at the end of a line: the next one belongs to it",
            "\"\"\" around several lines: one message",
            "// at the beginning: a message with a slash",
            "Tab completes, Up and Ctrl-R find old lines",
            "a picture dropped on the window is attached");

    private final ChatSession session;
    private final ChatScreen screen;

    ChatCommands(ChatSession session, ChatScreen screen) {
        this.session = session;
        this.screen = screen;
    }

    /// @throws Failure when there is no such command or it cannot be done, with all as it was
    Outcome run(String line) {
        SlashCommand.Call call = SlashCommand.in(line)
                .orElseThrow(() -> new Failure(
                        ExitCode.USAGE,
                        "there is no command " + line.strip().split("\\s", 2)[0]
                                + "; /help lists them, and // begins a message with a slash"));
        String argument = call.argument();
        switch (call.command()) {
            case IMAGE -> image(argument);
            case IMAGES -> images(argument);
            case SYSTEM -> system(argument);
            case UNDO -> undo();
            case CLEAR -> clear();
            case HISTORY -> history();
            case FORK -> fork(argument);
            case FORKS -> forks();
            case SWITCH -> switchTo(argument);
            case SAVE -> save(argument);
            case LOAD -> load(argument);
            case JSON -> json(argument);
            case THINK -> think(argument);
            case TEMPERATURE -> set("temperature " + argument);
            case SET -> set(argument);
            case STATS -> stats();
            case HELP -> help();
            case EXIT -> {
                return Outcome.LEAVE;
            }
        }
        return Outcome.GO_ON;
    }

    private void image(String argument) {
        List<String> names = Words.texts(argument);
        if (names.isEmpty()) {
            throw new Failure(ExitCode.USAGE, "which picture? /image FILE...");
        }
        for (String name : names) {
            screen.remark("attached " + session.attach(UserPath.of(name)));
        }
    }

    private void images(String argument) {
        if (argument.equals("clear")) {
            session.attachOnly(List.of());
            screen.remark("nothing is attached now");
        } else if (session.attached().isEmpty()) {
            screen.remark("nothing is attached");
        } else {
            screen.show(session.attached().stream().map(Attachment::toString).toList());
        }
    }

    private void system(String argument) {
        switch (argument) {
            case "" -> screen.show(List.of(session.system().orElse("(no system message)")));
            case "off" -> {
                session.removeSystem();
                screen.remark("no system message now");
            }
            default -> {
                session.chat().system(argument);
                screen.remark("the system message is set");
            }
        }
    }

    private void undo() {
        Optional<ChatMessage> question = session.undo();
        screen.remark(question.map(message -> "forgot: " + oneLine(message.text(), 60))
                .orElse("there is nothing to undo"));
    }

    private void clear() {
        session.clear();
        screen.remark("the conversation begins anew");
    }

    private void history() {
        List<String> lines = new ArrayList<>();
        for (ChatMessage message : session.chat().transcript()) {
            StringBuilder line = new StringBuilder(message.role().templateName()).append(": ");
            for (Content part : message.content()) {
                switch (part) {
                    case Content.Text text -> line.append(text.text());
                    case Content.Audio sound -> line.append("[sound] ");
                    case Content.Image picture ->
                        line.append('[')
                                .append(session.nameOf(picture.image()).orElse("picture"))
                                .append("] ");
                }
            }
            lines.add(line.toString());
        }
        if (lines.isEmpty()) {
            screen.remark("nothing has been said");
        } else {
            screen.show(lines);
        }
    }

    private void fork(String argument) {
        session.fork(argument);
        screen.remark("now in the fork " + session.currentFork());
    }

    private void forks() {
        List<String> lines = new ArrayList<>();
        for (Map.Entry<String, Conversation> fork : session.forks().entrySet()) {
            int messages = fork.getValue().transcript().size();
            lines.add((fork.getKey().equals(session.currentFork()) ? "* " : "  ") + fork.getKey() + " (" + messages
                    + (messages == 1 ? " message)" : " messages)"));
        }
        screen.show(lines);
    }

    private void switchTo(String argument) {
        session.switchTo(argument);
        screen.remark("now in " + argument);
    }

    private void save(String argument) {
        screen.remark("saved to " + session.save(fileIn(argument)));
    }

    private void load(String argument) {
        Path file = fileIn(argument).orElseThrow(() -> new Failure(ExitCode.USAGE, "load from which file? /load FILE"));
        session.load(file);
        screen.remark("loaded " + session.chat().transcript().size() + " messages from " + file);
    }

    /// @throws Failure when there are several
    private static Optional<Path> fileIn(String argument) {
        List<String> names = Words.texts(argument);
        if (names.size() > 1) {
            throw new Failure(
                    ExitCode.USAGE, "one file, not " + names.size() + "; a name with spaces stands in quotes");
        }
        return names.stream().findFirst().map(UserPath::of);
    }

    private void json(String argument) {
        if (argument.isEmpty()) {
            throw new Failure(ExitCode.USAGE, "which schema? /json FILE, /json {...} or /json off");
        }
        if (argument.equals("off")) {
            session.settings().json(Optional.empty());
        } else if (argument.startsWith("{")) {
            session.settings().json(Optional.of(argument));
        } else {
            session.settings()
                    .json(Optional.of(GenerationFlags.read(fileIn(argument).orElseThrow())));
        }
        session.applySettings();
        screen.remark(argument.equals("off") ? "answers are free" : "answers are JSON of this schema");
    }

    private void think(String argument) {
        boolean wanted = ChatSettings.isOn(argument);
        session.settings().think(wanted);
        session.applySettings();
        boolean able = session.canThink().orElse(true);
        screen.remark("thinking is " + (wanted ? "on" : "off")
                + (able ? "" : ", but this model's template has no such switch"));
    }

    private void set(String argument) {
        String[] words = argument.split("\\s+", 2);
        if (words[0].isEmpty()) {
            screen.show(session.settings().lines());
            return;
        }
        String value = words.length < 2 ? "" : words[1].strip();
        session.settings().set(words[0], value);
        session.applySettings();
        screen.remark(words[0] + (value.isEmpty() ? " is as by default" : " is " + value));
    }

    private void stats() {
        List<String> lines = new ArrayList<>();
        session.last().map(ChatReply::generation).ifPresent(last -> {
            Usage usage = last.usage();
            Timings timings = last.timings();
            double seconds = timings.decode().toNanos() / 1e9;
            lines.add("last prompt    " + usage.promptTokens() + " tokens, " + usage.imageTokens() + " of pictures, "
                    + usage.reusedTokens() + " remembered");
            lines.add(String.format(
                    Locale.ROOT,
                    "last answer    %d tokens, %.1f tokens/s, %s",
                    usage.completionTokens(),
                    seconds > 0 ? usage.completionTokens() / seconds : 0,
                    Json.name(last.finishReason()).replace('_', ' ')));
            lines.add(String.format(
                    Locale.ROOT,
                    "time           prepare %.1f ms, pictures %.1f ms, prompt %.1f ms, answer %.1f ms",
                    timings.prepare().toNanos() / 1e6,
                    timings.imageEncode().toNanos() / 1e6,
                    timings.prefill().toNanos() / 1e6,
                    seconds * 1e3));
        });
        lines.add("context        " + session.contextTokens()
                + session.contextLength().map(most -> " of " + most).orElse("") + " tokens");
        lines.add("conversation   " + session.chat().transcript().size() + " messages");
        lines.add("since start    " + session.turns() + " turns, " + session.answerTokens() + " tokens of answers");
        screen.show(lines);
    }

    private void help() {
        int column = 0;
        int widest = 0;
        for (SlashCommand command : SlashCommand.values()) {
            column = Math.max(column, command.usage().length() + 2);
            widest = Math.max(widest, command.help().length());
        }
        boolean narrow = column + widest >= screen.width();
        List<String> lines = new ArrayList<>();
        for (SlashCommand command : SlashCommand.values()) {
            if (narrow) {
                lines.add(command.usage());
                lines.add("  "
                        + ChatScreen.wrapped(command.help(), screen.width() - 2).replace("\n", "\n  "));
            } else {
                lines.add(command.usage() + " ".repeat(column - command.usage().length()) + command.help());
            }
        }
        lines.add("");
        KEYS.forEach(key -> lines.add(ChatScreen.wrapped(key, screen.width())));
        screen.show(lines);
    }

    private static String oneLine(String text, int longest) {
        String line = text.replace('\n', ' ').strip();
        return line.codePointCount(0, line.length()) <= longest
                ? line
                : line.substring(0, line.offsetByCodePoints(0, longest)) + "...";
    }
}
