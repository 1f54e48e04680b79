package io.vlm4j.sampling;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/// How tokens are chosen. An immutable value; every step is off or neutral unless set.
///
/// Names, meanings and neutral values are llama.cpp's. The defaults choose the most likely token each time
/// (`temperature` 0), which is reproducible and right for describing and reading.
///
/// @param temperature      0: always the most likely token; 1: the model's own distribution
/// @param dynamicRange     how far the temperature moves with the entropy; 0: fixed
/// @param dynamicExponent  shape of that movement
/// @param topK             0: off
/// @param topP             1: off
/// @param minP             0: off
/// @param typicalP         1: off
/// @param topNSigma        0: off
/// @param xtcProbability   chance that XTC acts on a token; 0: off
/// @param xtcThreshold     probability from which a token counts as a top choice; above 0.5: off
/// @param minKeep          fewest tokens that the cutting steps leave
/// @param penaltyLastTokens how far back the three penalties look, in tokens; 0: off
/// @param repeatPenalty    divides the logits of repeated tokens; 1: off
/// @param frequencyPenalty subtracted once per repetition; 0: off
/// @param presencePenalty  subtracted once from repeated tokens; 0: off
/// @param dry              off when empty
/// @param mirostat         off when empty
/// @param logitBias        added to the logits of these token ids; negative infinity forbids a token
/// @param grammar          none when empty
/// @param seed             of all random draws; empty: a new one each time
/// @param custom           steps written in Java
/// @param order            the steps in the order in which they are taken
public record SamplingOptions(
        float temperature,
        float dynamicRange,
        float dynamicExponent,
        int topK,
        float topP,
        float minP,
        float typicalP,
        float topNSigma,
        float xtcProbability,
        float xtcThreshold,
        int minKeep,
        int penaltyLastTokens,
        float repeatPenalty,
        float frequencyPenalty,
        float presencePenalty,
        Optional<DryOptions> dry,
        Optional<Mirostat> mirostat,
        Map<Integer, Float> logitBias,
        Optional<Grammar> grammar,
        OptionalLong seed,
        List<CustomSampler> custom,
        List<SamplingStage> order) {
    /// Most tokens that penalties and DRY look back; memory is taken for so many.
    public static final int MAX_LAST_TOKENS = 1 << 20;

    private static final long MAX_SEED = 0xFFFF_FFFEL; // the value above it asks llama.cpp for a random seed

    /// @throws IllegalArgumentException naming the setting that is out of range
    public SamplingOptions {
        notNegative("temperature", temperature);
        notNegative("dynamicRange", dynamicRange);
        notNegative("dynamicExponent", dynamicExponent);
        notNegative("topK", topK);
        probability("topP", topP);
        probability("minP", minP);
        probability("typicalP", typicalP);
        notNegative("topNSigma", topNSigma);
        probability("xtcProbability", xtcProbability);
        probability("xtcThreshold", xtcThreshold);
        notNegative("minKeep", minKeep);
        notNegative("penaltyLastTokens", penaltyLastTokens);
        if (penaltyLastTokens > MAX_LAST_TOKENS) {
            throw new IllegalArgumentException(
                    "penaltyLastTokens must be at most " + MAX_LAST_TOKENS + ", not " + penaltyLastTokens);
        }
        if (!(repeatPenalty > 0) || !Float.isFinite(repeatPenalty)) {
            throw new IllegalArgumentException("repeatPenalty must be above 0, not " + repeatPenalty);
        }
        finite("frequencyPenalty", frequencyPenalty);
        finite("presencePenalty", presencePenalty);
        logitBias = Map.copyOf(logitBias);
        logitBias.forEach((token, bias) -> {
            if (bias.isNaN() || token < 0) {
                throw new IllegalArgumentException("logit bias " + bias + " for token " + token);
            }
        });
        if (seed.isPresent() && (seed.getAsLong() < 0 || seed.getAsLong() > MAX_SEED)) {
            throw new IllegalArgumentException("seed must be 0 to " + MAX_SEED + ", not " + seed.getAsLong());
        }
        Objects.requireNonNull(dry, "dry");
        Objects.requireNonNull(mirostat, "mirostat");
        Objects.requireNonNull(grammar, "grammar");
        custom = List.copyOf(custom);
        order = List.copyOf(order);
        if (order.size() != SamplingStage.values().length
                || !EnumSet.copyOf(order).equals(EnumSet.allOf(SamplingStage.class))) {
            throw new IllegalArgumentException("the order must name every stage once, not " + order);
        }
    }

    private static void finite(String name, float value) {
        if (!Float.isFinite(value)) {
            throw new IllegalArgumentException(name + " must be a finite number, not " + value);
        }
    }

    private static void notNegative(String name, float value) {
        finite(name, value);
        if (value < 0) {
            throw new IllegalArgumentException(name + " must be 0 or more, not " + value);
        }
    }

    private static void notNegative(String name, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " must be 0 or more, not " + value);
        }
    }

    private static void probability(String name, float value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " must be 0 to 1, not " + value);
        }
    }

    /// The most likely token each time.
    public static SamplingOptions greedy() {
        return builder().build();
    }

    public static SamplingOptionsBuilder builder() {
        return new SamplingOptionsBuilder();
    }

    public SamplingOptionsBuilder toBuilder() {
        return new SamplingOptionsBuilder(this);
    }
}
