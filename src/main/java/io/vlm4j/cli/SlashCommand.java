package io.vlm4j.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What begins with a slash in a conversation.
enum SlashCommand {
    IMAGE("FILE...", Arguments.FILES, "attach pictures to the next message"),
    IMAGES("[clear]", Arguments.TEXT, "list what is attached, or detach it"),
    SYSTEM("[TEXT|off]", Arguments.TEXT, "tell the model how to behave"),
    UNDO("", Arguments.TEXT, "forget the last question and its answer"),
    CLEAR("", Arguments.TEXT, "forget the conversation"),
    HISTORY("", Arguments.TEXT, "show the conversation"),
    FORK("[NAME]", Arguments.TEXT, "go on in a copy of the conversation"),
    FORKS("", Arguments.TEXT, "list the copies"),
    SWITCH("NAME", Arguments.FORK, "go on in another copy; the first is main"),
    SAVE("[FILE]", Arguments.FILES, "keep the conversation; .json: its words alone"),
    LOAD("FILE", Arguments.FILES, "go on with a conversation from a file"),
    JSON("SCHEMA|off", Arguments.FILES, "answer in JSON of a schema: a file, or {...}"),
    THINK("on|off", Arguments.ON_OFF, "let a model think that can"),
    TEMPERATURE("T", Arguments.TEXT, "0: the most likely token each time"),
    SET("[NAME [VALUE]]", Arguments.SETTING, "show settings, change or reset one"),
    STATS("", Arguments.TEXT, "what the last answer took, and all of them"),
    HELP("", Arguments.TEXT, "show this list"),
    EXIT("", Arguments.TEXT, "leave; Ctrl-D does, too");

    /// What the arguments are, for completing them.
    enum Arguments {
        TEXT,
        FILES,
        FORK,
        SETTING,
        ON_OFF
    }

    private final String usage;
    private final Arguments arguments;
    private final String help;

    SlashCommand(String usage, Arguments arguments, String help) {
        this.usage = usage;
        this.arguments = arguments;
        this.help = help;
    }

    /// A line taken apart.
    ///
    /// @param argument all behind the name, without white space around it
    record Call(SlashCommand command, String argument) {}

    /// The command that a line calls, if it is one.
    static Optional<Call> in(String line) {
        String stripped = line.strip();
        int end = 0;
        while (end < stripped.length() && !Character.isWhitespace(stripped.charAt(end))) {
            end++;
        }
        String argument = stripped.substring(end).strip();
        return of(stripped.substring(0, end)).map(command -> new Call(command, argument));
    }

    /// @param word slash included
    static Optional<SlashCommand> of(String word) {
        return word.equals("/quit")
                ? Optional.of(EXIT)
                : Arrays.stream(values())
                        .filter(command -> command.word().equals(word))
                        .findFirst();
    }

    String word() {
        return "/" + name().toLowerCase(Locale.ROOT);
    }

    /// The word and what follows it.
    String usage() {
        return usage.isEmpty() ? word() : word() + " " + usage;
    }

    Arguments arguments() {
        return arguments;
    }

    String help() {
        return help;
    }
}
