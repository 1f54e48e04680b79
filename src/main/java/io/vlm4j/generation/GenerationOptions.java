package io.vlm4j.generation;

import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.inference.Reuse;
import io.vlm4j.inference.WatchedLayers;
import io.vlm4j.sampling.SamplingOptions;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/// How long to generate, how to choose, and with what.
///
/// @param maxTokens        most tokens of the answer
/// @param stops            texts that end the answer where they begin; the prompt may bring more
/// @param sampling         how tokens are chosen
/// @param ignoreEnd        go on when the model wants to end its turn (for measuring)
/// @param trimLeadingSpace leave out white space before the first character; many models begin their turn with a
///     space
/// @param reuse            what the context remembers of earlier prompts and may stand for a part of this one
/// @param shiftWhenFull    when the context is full, forget half of what is behind the prompt's first tokens and go on,
///     instead of ending with [FinishReason#CONTEXT_FULL]; where the model's memory allows, see
///     [io.vlm4j.inference.InferenceContext#shift]
/// @param adapters         what the context uses beside the model's own weights; none unless they are given here,
///     whatever the context used before
/// @param logProbabilities whether the probability of each token is told, and of how many alternatives; empty: no
/// @param speculation      whether tokens are guessed ahead, which changes the time it takes and nothing else
/// @param layers           who sees hidden states and attentions of what is evaluated, as `generate` of transformers
///     gives them; the context must be [io.vlm4j.inference.ContextOptions#watchable()]. What it remembers already
///     is not evaluated again, and so not seen; [Reuse#NONE] shows all
public record GenerationOptions(
        int maxTokens,
        List<String> stops,
        SamplingOptions sampling,
        boolean ignoreEnd,
        boolean trimLeadingSpace,
        Reuse reuse,
        boolean shiftWhenFull,
        Adapters adapters,
        OptionalInt logProbabilities,
        Speculation speculation,
        WatchedLayers layers) {
    public static final int DEFAULT_MAX_TOKENS = 512;

    public GenerationOptions {
        if (maxTokens < 1) {
            throw new IllegalArgumentException("maxTokens must be 1 or more, not " + maxTokens);
        }
        stops = List.copyOf(stops);
        if (stops.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("an empty stop string");
        }
        Objects.requireNonNull(sampling, "sampling");
        Objects.requireNonNull(reuse, "reuse");
        Objects.requireNonNull(adapters, "adapters");
        int top = logProbabilities.orElse(0);
        if (top < 0 || top > InferenceContext.MAX_ALTERNATIVES) {
            throw new IllegalArgumentException(
                    "logProbabilities must be 0 to " + InferenceContext.MAX_ALTERNATIVES + ", not " + top);
        }
        Objects.requireNonNull(speculation, "speculation");
        if (!layers.isEmpty() && (shiftWhenFull || !speculation.equals(Speculation.none()))) {
            throw new IllegalArgumentException(
                    "layers cannot be watched with shiftWhenFull or speculation, which drop positions again");
        }
    }

    public static GenerationOptions defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.maxTokens = maxTokens;
        builder.stops = stops;
        builder.sampling = sampling;
        builder.ignoreEnd = ignoreEnd;
        builder.trimLeadingSpace = trimLeadingSpace;
        builder.reuse = reuse;
        builder.shiftWhenFull = shiftWhenFull;
        builder.adapters = adapters;
        builder.logProbabilities = logProbabilities;
        builder.speculation = speculation;
        builder.layers = layers;
        return builder;
    }

    public static final class Builder {
        private int maxTokens = DEFAULT_MAX_TOKENS;
        private List<String> stops = List.of();
        private SamplingOptions sampling = SamplingOptions.greedy();
        private boolean ignoreEnd;
        private boolean trimLeadingSpace;
        private Reuse reuse = Reuse.PREFIX;
        private boolean shiftWhenFull;
        private Adapters adapters = Adapters.none();
        private OptionalInt logProbabilities = OptionalInt.empty();
        private Speculation speculation = Speculation.none();
        private WatchedLayers layers = WatchedLayers.none();

        private Builder() {}

        public Builder maxTokens(int value) {
            maxTokens = value;
            return this;
        }

        public Builder stops(List<String> value) {
            stops = List.copyOf(value);
            return this;
        }

        public Builder sampling(SamplingOptions value) {
            sampling = value;
            return this;
        }

        public Builder ignoreEnd(boolean value) {
            ignoreEnd = value;
            return this;
        }

        public Builder trimLeadingSpace(boolean value) {
            trimLeadingSpace = value;
            return this;
        }

        public Builder reuse(Reuse value) {
            reuse = value;
            return this;
        }

        public Builder shiftWhenFull(boolean value) {
            shiftWhenFull = value;
            return this;
        }

        public Builder adapters(Adapters value) {
            adapters = value;
            return this;
        }

        /// Tells the probability of each token ([Generation#probabilities()]), and of the `top` most probable ones in
        /// its place; 0: of the chosen token only.
        public Builder logProbabilities(int top) {
            logProbabilities = OptionalInt.of(top);
            return this;
        }

        public Builder speculation(Speculation value) {
            speculation = value;
            return this;
        }

        public Builder layers(WatchedLayers value) {
            layers = value;
            return this;
        }

        /// @throws IllegalArgumentException when a value is out of range
        public GenerationOptions build() {
            return new GenerationOptions(
                    maxTokens,
                    stops,
                    sampling,
                    ignoreEnd,
                    trimLeadingSpace,
                    reuse,
                    shiftWhenFull,
                    adapters,
                    logProbabilities,
                    speculation,
                    layers);
        }
    }
}
