package io.vlm4j.cli;

import io.vlm4j.sampling.DryOptions;
import io.vlm4j.sampling.Mirostat;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.sampling.SamplingOptionsBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How tokens are chosen; an option that is not given leaves the library's default.
final class SamplingFlags {
    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "0 (default): always the most likely token, and only grammar, biases and penalties count of"
                    + " what follows; 1: the model's own distribution.")
    private @Nullable Float temperature;

    @Option(names = "--seed", paramLabel = "S", description = "Makes draws repeatable. Default: a new one each time.")
    private @Nullable Long seed;

    @Option(names = "--top-k", paramLabel = "K", description = "Draw among the K most likely tokens; 0: off.")
    private @Nullable Integer topK;

    @Option(names = "--top-p", paramLabel = "P", description = "Draw among the tokens that reach P together; 1: off.")
    private @Nullable Float topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            description = "Draw among tokens at least P times as likely as the best; 0: off.")
    private @Nullable Float minP;

    @Option(names = "--typical-p", paramLabel = "P", description = "Locally typical sampling; 1: off.")
    private @Nullable Float typicalP;

    @Option(
            names = "--top-n-sigma",
            paramLabel = "N",
            description = "Draw among tokens within N standard deviations of the best logit; 0: off.")
    private @Nullable Float topNSigma;

    @Option(names = "--dynamic-range", paramLabel = "R", description = "Let the temperature move by R; 0: off.")
    private @Nullable Float dynamicRange;

    @Option(names = "--xtc", paramLabel = "P", description = "Chance to leave out the top choices; 0: off.")
    private @Nullable Float xtc;

    @Option(names = "--mirostat", paramLabel = "V", description = "Mirostat, version 1 or 2.")
    private @Nullable Integer mirostat;

    @Option(names = "--mirostat-tau", paramLabel = "T", description = "Its target surprise. Default: ${DEFAULT-VALUE}.")
    private float mirostatTau = 5;

    @Option(names = "--mirostat-eta", paramLabel = "E", description = "Its learning rate. Default: ${DEFAULT-VALUE}.")
    private float mirostatEta = 0.1f;

    @Option(names = "--dry", paramLabel = "M", description = "Strength of the DRY penalty on repetitions; 0: off.")
    private @Nullable Float dry;

    @Option(names = "--repeat-penalty", paramLabel = "R", description = "Penalty on repeated tokens; 1: off.")
    private @Nullable Float repeatPenalty;

    @Option(names = "--frequency-penalty", paramLabel = "F", description = "Penalty for each repetition; 0: off.")
    private @Nullable Float frequencyPenalty;

    @Option(names = "--presence-penalty", paramLabel = "F", description = "Penalty once for repetitions; 0: off.")
    private @Nullable Float presencePenalty;

    @Option(
            names = "--penalty-last-tokens",
            paramLabel = "N",
            description = "How far back the three penalties look. Default: 64.")
    private @Nullable Integer penaltyLastTokens;

    @Option(
            names = "--logit-bias",
            paramLabel = "TOKEN=BIAS",
            description = "Makes a token (by id) more or less likely; -inf forbids it. May be repeated.")
    private Map<Integer, String> logitBias = Map.of();

    /// @throws Failure when a setting is out of range
    SamplingOptionsBuilder builder() {
        SamplingOptionsBuilder builder = SamplingOptions.builder();
        SamplingOptions neutral = builder.build();
        builder.temperature(or(temperature, neutral.temperature()))
                .topK(or(topK, neutral.topK()))
                .topP(or(topP, neutral.topP()))
                .minP(or(minP, neutral.minP()))
                .typicalP(or(typicalP, neutral.typicalP()))
                .topNSigma(or(topNSigma, neutral.topNSigma()))
                .dynamicTemperature(or(dynamicRange, neutral.dynamicRange()), neutral.dynamicExponent())
                .xtc(or(xtc, neutral.xtcProbability()), neutral.xtcThreshold())
                .repeatPenalty(or(repeatPenalty, neutral.repeatPenalty()))
                .frequencyPenalty(or(frequencyPenalty, neutral.frequencyPenalty()))
                .presencePenalty(or(presencePenalty, neutral.presencePenalty()))
                .penaltyLastTokens(or(penaltyLastTokens, neutral.penaltyLastTokens()))
                .logitBias(biases());
        if (seed != null) {
            builder.seed(seed);
        }
        if (mirostat != null) {
            builder.mirostat(new Mirostat(mirostat, mirostatTau, mirostatEta));
        }
        if (dry != null) {
            builder.dry(DryOptions.of(dry));
        }
        return builder;
    }

    private Map<Integer, Float> biases() {
        Map<Integer, Float> biases = new LinkedHashMap<>();
        logitBias.forEach((token, bias) -> biases.put(token, bias(token, bias)));
        return biases;
    }

    private static float bias(int token, String text) {
        return switch (text) {
            case "-inf" -> Float.NEGATIVE_INFINITY;
            case "inf", "+inf" -> Float.POSITIVE_INFINITY;
            default -> {
                try {
                    yield Float.parseFloat(text);
                } catch (NumberFormatException e) {
                    throw new IllegalArgumentException(
                            "logitBias of token " + token + " must be a number, not '" + text + "'", e);
                }
            }
        };
    }

    private static <T> T or(@Nullable T given, T otherwise) {
        return given != null ? given : otherwise;
    }
}
