package io.vlm4j.cli;

import io.vlm4j.runtime.NativeRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The C program `vlm4j-bench`, which runs the decode loop of [DecodeBench] on the very same libraries.
final class NativeBench {
    private static final String PROGRAM = "vlm4j-bench";

    private final List<String> command;

    /// @param flashAttention what the Java side uses: `off` or `auto`
    /// @throws Failure when the program is not beside the libraries
    NativeBench(Path model, int promptTokens, int tokens, int threads, String flashAttention) {
        Path program = NativeRuntime.load().libraryFolder().resolve(PROGRAM);
        if (!Files.isExecutable(program)) {
            throw new Failure(
                    ExitCode.NATIVES, "there is no " + program + " to compare with; scripts/build-native.sh makes it");
        }
        command = List.of(
                program.toString(),
                model.toString(),
                "--prompt-tokens",
                Integer.toString(promptTokens),
                "--tokens",
                Integer.toString(tokens),
                "--threads",
                Integer.toString(threads),
                "--flash-attention",
                flashAttention,
                "--repeat",
                "1",
                "--json");
    }

    /// One round in a process of its own, after one that warms up.
    Round round() {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .start();
            try {
                String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                int code = process.waitFor();
                if (code != 0) {
                    throw new Failure(ExitCode.FAILURE, PROGRAM + " ended with " + code + ": " + output.strip());
                }
                JsonNode median = new JsonMapper().readTree(output).required("median");
                return new Round(
                        median.required("prefill_tokens_per_second").asDouble(),
                        median.required("wall_ns_per_token").asDouble(),
                        median.required("cpu_ns_per_token").asDouble(),
                        0);
            } finally {
                process.destroy();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (JacksonException e) {
            throw new Failure(ExitCode.FAILURE, PROGRAM + " printed no figures: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(ExitCode.INTERRUPTED, "interrupted", e);
        }
    }
}
