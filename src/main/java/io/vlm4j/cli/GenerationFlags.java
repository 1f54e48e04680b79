package io.vlm4j.cli;

import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.SamplingOptionsBuilder;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/// What an answer may be.
final class GenerationFlags {
    @Option(
            names = {"-n", "--max-tokens"},
            paramLabel = "N",
            description = "Most tokens of an answer. Default: ${DEFAULT-VALUE}.")
    private int maxTokens = GenerationOptions.DEFAULT_MAX_TOKENS;

    @Option(
            names = "--stop",
            paramLabel = "TEXT",
            description = "End the answer where this text begins. May be repeated.")
    private List<String> stops = List.of();

    @Option(names = "--grammar", paramLabel = "FILE", description = "The answer must follow this GBNF grammar.")
    private @Nullable Path grammar;

    @Option(names = "--schema", paramLabel = "FILE", description = "The answer must be JSON of this JSON schema.")
    private @Nullable Path schema;

    @ArgGroup(validate = false, heading = "%nChoosing tokens:%n")
    private SamplingFlags sampling = new SamplingFlags();

    /// @param base what is not given here
    /// @throws Failure when a setting is out of range, or the grammar's file cannot be read
    GenerationOptions options(GenerationOptions.Builder base) {
        Optional<Grammar> constraint = constraint();
        try {
            SamplingOptionsBuilder chosen = sampling.builder();
            constraint.ifPresent(chosen::grammar);
            return base.maxTokens(maxTokens)
                    .stops(stops)
                    .sampling(chosen.build())
                    .build();
        } catch (IllegalArgumentException e) {
            throw Failure.ofSetting(e);
        }
    }

    private Optional<Grammar> constraint() {
        if (grammar != null && schema != null) {
            throw new Failure(ExitCode.USAGE, "--grammar and --schema exclude each other");
        }
        if (schema != null) {
            return Optional.of(Grammar.ofJsonSchema(read(schema)));
        }
        return grammar == null ? Optional.empty() : Optional.of(Grammar.of(read(grammar)));
    }

    /// @throws Failure when there is no text in the file
    static String read(Path file) {
        try {
            String text = Files.readString(file);
            if (text.isBlank()) {
                throw new Failure(ExitCode.PROMPT, file + ": is empty");
            }
            return text;
        } catch (NoSuchFileException e) {
            throw new Failure(ExitCode.PROMPT, "no such file: " + file, e);
        } catch (CharacterCodingException e) {
            throw new Failure(ExitCode.PROMPT, file + ": is no text in UTF-8", e);
        } catch (IOException e) {
            String reason = Files.isDirectory(file) ? "is a folder" : "cannot be read: " + e.getMessage();
            throw new Failure(ExitCode.PROMPT, file + ": " + reason, e);
        }
    }
}
