package io.vlm4j.cli;

import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.sampling.SamplingOptionsBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How tokens are chosen where a request does not say, under llama-server's names and with its defaults.
final class ServeSamplingFlags {
    @Option(
            names = {"--temp", "--temperature"},
            paramLabel = "T",
            description = "0: always the most likely token. Default: ${DEFAULT-VALUE}.")
    private float temperature = 0.8f;

    @Option(names = "--top-k", paramLabel = "K", description = "0: off. Default: ${DEFAULT-VALUE}.")
    private int topK = 40;

    @Option(names = "--top-p", paramLabel = "P", description = "1: off. Default: ${DEFAULT-VALUE}.")
    private float topP = 0.95f;

    @Option(names = "--min-p", paramLabel = "P", description = "0: off. Default: ${DEFAULT-VALUE}.")
    private float minP = 0.05f;

    @Option(names = "--repeat-penalty", paramLabel = "R", description = "1: off. Default: ${DEFAULT-VALUE}.")
    private float repeatPenalty = 1;

    @Option(names = "--presence-penalty", paramLabel = "F", description = "0: off. Default: ${DEFAULT-VALUE}.")
    private float presencePenalty;

    @Option(names = "--frequency-penalty", paramLabel = "F", description = "0: off. Default: ${DEFAULT-VALUE}.")
    private float frequencyPenalty;

    @Option(
            names = {"-s", "--seed"},
            paramLabel = "S",
            description = "Makes draws repeatable; -1: a new one each time, as by default.")
    private @Nullable Long seed;

    /// @throws IllegalArgumentException when a setting is out of range
    SamplingOptions options() {
        SamplingOptionsBuilder builder = SamplingOptions.builder()
                .temperature(temperature)
                .topK(topK)
                .topP(topP)
                .minP(minP)
                .repeatPenalty(repeatPenalty)
                .presencePenalty(presencePenalty)
                .frequencyPenalty(frequencyPenalty);
        if (seed != null && seed >= 0) {
            builder.seed(seed);
        }
        return builder.build();
    }
}
