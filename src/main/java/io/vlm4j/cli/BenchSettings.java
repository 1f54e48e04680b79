package io.vlm4j.cli;

import java.nio.file.Path;
import java.util.Optional;

/// What a benchmark runs.
///
/// @param flashAttention `off` or `auto`, as contexts choose it on this machine
/// @param image          what to look at, if the model sees
record BenchSettings(
        Path model,
        int threads,
        int promptTokens,
        int tokens,
        int repeat,
        String flashAttention,
        Optional<Path> image) {
    /// @throws Failure naming the setting that is out of range
    BenchSettings {
        positive("--prompt-tokens", promptTokens);
        positive("--tokens", tokens);
        positive("--repeat", repeat);
    }

    private static void positive(String option, int value) {
        if (value < 1 || value > 1_000_000) {
            throw new Failure(ExitCode.USAGE, option + " must be 1 to 1000000, not " + value);
        }
    }
}
