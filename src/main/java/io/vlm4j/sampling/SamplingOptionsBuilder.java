package io.vlm4j.sampling;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Builds [SamplingOptions], where every setting is explained. Not thread-safe.
public final class SamplingOptionsBuilder {
    private float temperature;
    private float dynamicRange;
    private float dynamicExponent = 1;
    private int topK;
    private float topP = 1;
    private float minP;
    private float typicalP = 1;
    private float topNSigma;
    private float xtcProbability;
    private float xtcThreshold = 0.1f;
    private int minKeep;
    private int penaltyLastTokens = 64;
    private float repeatPenalty = 1;
    private float frequencyPenalty;
    private float presencePenalty;
    private Optional<DryOptions> dry = Optional.empty();
    private Optional<Mirostat> mirostat = Optional.empty();
    private Map<Integer, Float> logitBias = Map.of();
    private Optional<Grammar> grammar = Optional.empty();
    private OptionalLong seed = OptionalLong.empty();
    private List<CustomSampler> custom = List.of();
    private List<SamplingStage> order = SamplingStage.DEFAULT_ORDER;

    SamplingOptionsBuilder() {}

    SamplingOptionsBuilder(SamplingOptions from) {
        temperature = from.temperature();
        dynamicRange = from.dynamicRange();
        dynamicExponent = from.dynamicExponent();
        topK = from.topK();
        topP = from.topP();
        minP = from.minP();
        typicalP = from.typicalP();
        topNSigma = from.topNSigma();
        xtcProbability = from.xtcProbability();
        xtcThreshold = from.xtcThreshold();
        minKeep = from.minKeep();
        penaltyLastTokens = from.penaltyLastTokens();
        repeatPenalty = from.repeatPenalty();
        frequencyPenalty = from.frequencyPenalty();
        presencePenalty = from.presencePenalty();
        dry = from.dry();
        mirostat = from.mirostat();
        logitBias = from.logitBias();
        grammar = from.grammar();
        seed = from.seed();
        custom = from.custom();
        order = from.order();
    }

    public SamplingOptionsBuilder temperature(float value) {
        temperature = value;
        return this;
    }

    public SamplingOptionsBuilder topK(int value) {
        topK = value;
        return this;
    }

    public SamplingOptionsBuilder topP(float value) {
        topP = value;
        return this;
    }

    public SamplingOptionsBuilder minP(float value) {
        minP = value;
        return this;
    }

    public SamplingOptionsBuilder typicalP(float value) {
        typicalP = value;
        return this;
    }

    public SamplingOptionsBuilder topNSigma(float value) {
        topNSigma = value;
        return this;
    }

    public SamplingOptionsBuilder minKeep(int value) {
        minKeep = value;
        return this;
    }

    public SamplingOptionsBuilder penaltyLastTokens(int value) {
        penaltyLastTokens = value;
        return this;
    }

    public SamplingOptionsBuilder repeatPenalty(float value) {
        repeatPenalty = value;
        return this;
    }

    public SamplingOptionsBuilder frequencyPenalty(float value) {
        frequencyPenalty = value;
        return this;
    }

    public SamplingOptionsBuilder presencePenalty(float value) {
        presencePenalty = value;
        return this;
    }

    public SamplingOptionsBuilder dynamicTemperature(float range, float exponent) {
        dynamicRange = range;
        dynamicExponent = exponent;
        return this;
    }

    public SamplingOptionsBuilder xtc(float probability, float threshold) {
        xtcProbability = probability;
        xtcThreshold = threshold;
        return this;
    }

    public SamplingOptionsBuilder dry(DryOptions value) {
        dry = Optional.of(value);
        return this;
    }

    public SamplingOptionsBuilder mirostat(Mirostat value) {
        mirostat = Optional.of(value);
        return this;
    }

    public SamplingOptionsBuilder logitBias(Map<Integer, Float> value) {
        logitBias = Map.copyOf(value);
        return this;
    }

    public SamplingOptionsBuilder grammar(Grammar value) {
        grammar = Optional.of(value);
        return this;
    }

    public SamplingOptionsBuilder seed(long value) {
        seed = OptionalLong.of(value);
        return this;
    }

    public SamplingOptionsBuilder custom(CustomSampler... steps) {
        custom = List.of(steps);
        return this;
    }

    public SamplingOptionsBuilder order(List<SamplingStage> value) {
        order = List.copyOf(value);
        return this;
    }

    /// @throws IllegalArgumentException naming the setting that is out of range
    public SamplingOptions build() {
        return new SamplingOptions(
                temperature,
                dynamicRange,
                dynamicExponent,
                topK,
                topP,
                minP,
                typicalP,
                topNSigma,
                xtcProbability,
                xtcThreshold,
                minKeep,
                penaltyLastTokens,
                repeatPenalty,
                frequencyPenalty,
                presencePenalty,
                dry,
                mirostat,
                logitBias,
                grammar,
                seed,
                custom,
                order);
    }
}
