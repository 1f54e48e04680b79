package io.vlm4j.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/// What the options of `serve` are when they are not on the command line: what the environment says, and then what a
/// file says. An option is known by its long names there: `--ctx-size` is `VLM4J_CTX_SIZE` and `ctx-size`.
final class ServeSettings implements IDefaultValueProvider {
    static final String CONFIG = "--config";

    private static final String PREFIX = "VLM4J_";
    private static final Set<String> NOT_HERE = Set.of(CONFIG, "--help", "--version");

    private final Map<String, String> environment;
    private final Optional<Path> file;
    private @Nullable Properties properties;

    /// @param arguments the command line, in which the file is named
    ServeSettings(List<String> arguments, Map<String, String> environment) {
        this.environment = environment;
        this.file = file(arguments)
                .or(() -> Optional.ofNullable(environment.get(PREFIX + "CONFIG")))
                .map(Path::of);
    }

    private static Optional<String> file(List<String> arguments) {
        Optional<String> found = Optional.empty();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.startsWith(CONFIG + "=")) {
                found = Optional.of(argument.substring(CONFIG.length() + 1));
            } else if (argument.equals(CONFIG) && i + 1 < arguments.size()) {
                found = Optional.of(arguments.get(i + 1));
            }
        }
        return found;
    }

    /// @throws Failure when the file cannot be read, or says something of an option that there is not
    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option)) {
            return null;
        }
        Properties said = properties(option);
        String fromFile = null;
        for (String name : option.names()) {
            if (!name.startsWith("--") || NOT_HERE.contains(name)) {
                continue;
            }
            String word = name.substring(2);
            String fromEnvironment =
                    environment.get(PREFIX + word.toUpperCase(Locale.ROOT).replace('-', '_'));
            if (fromEnvironment != null) {
                return fromEnvironment;
            }
            fromFile = fromFile == null ? said.getProperty(word) : fromFile;
        }
        return fromFile == null ? null : fromFile.strip();
    }

    private Properties properties(OptionSpec option) {
        Properties known = properties;
        if (known == null) {
            known = new Properties();
            if (file.isPresent()) {
                read(file.get(), known);
                requireKnown(known, option, file.get());
            }
            properties = known;
        }
        return known;
    }

    private static void read(Path path, Properties into) {
        try (Reader reader = Files.newBufferedReader(path, StandardCharsets.UTF_8)) {
            into.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new Failure(ExitCode.USAGE, CONFIG + " " + path + " cannot be read: " + e, e);
        }
    }

    private static void requireKnown(Properties said, OptionSpec option, Path path) {
        TreeSet<String> unknown = new TreeSet<>(said.stringPropertyNames());
        option.command().options().forEach(one -> {
            for (String name : one.names()) {
                unknown.remove(name.replaceFirst("^--", ""));
            }
        });
        if (!unknown.isEmpty()) {
            throw new Failure(
                    ExitCode.USAGE, path + " says something of '" + unknown.first() + "', which is no option of serve");
        }
    }
}
