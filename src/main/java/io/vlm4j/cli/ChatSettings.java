package io.vlm4j.cli;

import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.OverflowPolicy;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.vlm.Vlm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// What can be changed while a conversation goes on: all that [GenerationFlags] has, under the same names and with the
/// same limits, and thinking, the answer's shape, and what happens when the context is full.
///
/// A schema or grammar goes to the chat template and not to the sampler, so that a model may think before it answers.
final class ChatSettings {
    private static final String SCHEMA = "schema";
    private static final String GRAMMAR = "grammar";
    private static final String OVERFLOW = "overflow";
    private static final String THINKING = "thinking";

    private final Map<String, List<String>> given = new LinkedHashMap<>();
    private Optional<String> schema = Optional.empty();
    private Optional<String> grammar = Optional.empty();
    private boolean thinking = true;
    private OverflowPolicy overflow;
    private UnaryOperator<GenerationOptions> additions = plain -> plain; // of the loaded model
    private ChatOptions options;

    /// @param parsed of a command that has [GenerationFlags]
    /// @throws Failure when a setting is out of range or a file cannot be read
    ChatSettings(ParseResult parsed, boolean thinking, OverflowPolicy overflow) {
        this.thinking = thinking;
        this.overflow = overflow;
        Set<String> known = generationNames();
        for (OptionSpec option : parsed.matchedOptions()) {
            if (known.contains(name(option))) {
                given.put(name(option), List.copyOf(option.originalStringValues()));
            }
        }
        List<String> schemaFile = given.getOrDefault(SCHEMA, List.of());
        List<String> grammarFile = given.getOrDefault(GRAMMAR, List.of());
        given.remove(SCHEMA);
        given.remove(GRAMMAR);
        if (!schemaFile.isEmpty() && !grammarFile.isEmpty()) {
            throw new Failure(ExitCode.USAGE, "--grammar and --schema exclude each other");
        }
        schemaFile.forEach(file -> schema = Optional.of(GenerationFlags.read(Path.of(file))));
        grammarFile.forEach(file -> grammar = Optional.of(GenerationFlags.read(Path.of(file))));
        this.options = build(given);
    }

    private static CommandLine generationFlags() {
        return new CommandLine(new GenerationFlags());
    }

    private static Set<String> generationNames() {
        Set<String> names = new TreeSet<>();
        generationFlags().getCommandSpec().options().forEach(option -> names.add(name(option)));
        return names;
    }

    private static String name(OptionSpec option) {
        return option.longestName().substring(2);
    }

    /// All names that [#set] knows, sorted.
    static Set<String> names() {
        Set<String> names = generationNames();
        names.add(OVERFLOW);
        names.add(THINKING);
        return names;
    }

    ChatOptions options() {
        return options;
    }

    /// Sets one; a setting that may be given several times gets one more value.
    ///
    /// @param value empty: what it was by default
    /// @throws Failure when there is no such setting or it cannot have this value, with all as it was
    void set(String name, String value) {
        switch (name) {
            case THINKING -> think(value.isEmpty() || isOn(value));
            case OVERFLOW -> overflow(value.isEmpty() ? OverflowPolicy.FAIL : policy(value));
            case SCHEMA -> shape(text(value), Optional.empty());
            case GRAMMAR -> shape(Optional.empty(), text(value));
            default -> setGeneration(name, value);
        }
    }

    /// The model is loaded; its adapters and guesses go with every answer.
    void model(VlmFlags.Opened opened) {
        additions = opened::with;
        options = build(given);
    }

    void think(boolean wanted) {
        thinking = wanted;
        options = build(given);
    }

    /// The answer must be JSON of this schema.
    ///
    /// @param wanted empty for free answers
    /// @throws Failure when it is no JSON, with all as it was
    void json(Optional<String> wanted) {
        shape(wanted, Optional.empty());
    }

    private void overflow(OverflowPolicy policy) {
        overflow = policy;
        options = build(given);
    }

    private void shape(Optional<String> newSchema, Optional<String> newGrammar) {
        Optional<String> oldSchema = schema;
        Optional<String> oldGrammar = grammar;
        schema = newSchema;
        grammar = newGrammar;
        try {
            options = build(given);
        } catch (Failure e) {
            schema = oldSchema;
            grammar = oldGrammar;
            throw e;
        }
    }

    private void setGeneration(String name, String value) {
        Optional<OptionSpec> option = generationFlags().getCommandSpec().options().stream()
                .filter(candidate -> name(candidate).equals(name))
                .findFirst();
        if (option.isEmpty()) {
            throw new Failure(
                    ExitCode.USAGE, "there is no setting '" + name + "'; there are " + String.join(", ", names()));
        }
        Map<String, List<String>> changed = new LinkedHashMap<>(given);
        List<String> values =
                new ArrayList<>(option.get().isMultiValue() ? changed.getOrDefault(name, List.of()) : List.of());
        if (value.isEmpty()) {
            changed.remove(name);
        } else {
            values.add(value);
            changed.put(name, values);
        }
        options = build(changed);
        given.clear();
        given.putAll(changed);
    }

    private ChatOptions build(Map<String, List<String>> generation) {
        GenerationFlags flags = new GenerationFlags();
        List<String> arguments = new ArrayList<>();
        generation.forEach((name, values) -> values.forEach(value -> arguments.add("--" + name + "=" + value)));
        try {
            new CommandLine(flags).parseArgs(arguments.toArray(String[]::new));
        } catch (ParameterException e) {
            throw new Failure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
        GenerationOptions answers = additions.apply(flags.options(Vlm.options()));
        try {
            RenderOptions rendering = RenderOptions.builder()
                    .enableThinking(thinking)
                    .jsonSchema(schema.orElse(null))
                    .grammar(grammar.orElse(null))
                    .build();
            return ChatOptions.builder()
                    .generation(answers)
                    .rendering(rendering)
                    .overflow(overflow)
                    .build();
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitCode.PROMPT, String.valueOf(e.getMessage()), e);
        }
    }

    private static Optional<String> text(String file) {
        return file.isEmpty() ? Optional.empty() : Optional.of(GenerationFlags.read(UserPath.of(file)));
    }

    /// @throws Failure when it is neither `on` nor `off`
    static boolean isOn(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "on" -> true;
            case "off" -> false;
            default -> throw new Failure(ExitCode.USAGE, "on or off, not '" + value + "'");
        };
    }

    private static OverflowPolicy policy(String value) {
        for (OverflowPolicy policy : OverflowPolicy.values()) {
            if (Json.name(policy).equals(value.toLowerCase(Locale.ROOT).replace('-', '_'))) {
                return policy;
            }
        }
        List<String> names = new ArrayList<>();
        for (OverflowPolicy policy : OverflowPolicy.values()) {
            names.add(Json.name(policy));
        }
        throw new Failure(ExitCode.USAGE, "overflow is one of " + String.join(", ", names) + ", not '" + value + "'");
    }

    /// What was set, one a line.
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        given.forEach((name, values) -> lines.add(name + " " + String.join(" ", values)));
        lines.add(THINKING + (thinking ? " on" : " off"));
        lines.add(OVERFLOW + " " + Json.name(overflow));
        schema.ifPresent(text -> lines.add(SCHEMA + " " + text.strip()));
        grammar.ifPresent(text -> lines.add(GRAMMAR + " " + text.strip()));
        return lines;
    }
}
