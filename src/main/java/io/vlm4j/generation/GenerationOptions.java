package io.vlm4j.generation;

import io.vlm4j.sampling.SamplingOptions;
import java.util.List;
import java.util.Objects;

/// How long to generate, and how to choose.
///
/// @param maxTokens        most tokens of the answer
/// @param stops            texts that end the answer where they begin; the prompt may bring more
/// @param sampling         how tokens are chosen
/// @param ignoreEnd        go on when the model wants to end its turn (for measuring)
/// @param trimLeadingSpace leave out white space before the first character; many models begin their turn with a
///     space
public record GenerationOptions(
        int maxTokens, List<String> stops, SamplingOptions sampling, boolean ignoreEnd, boolean trimLeadingSpace) {
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
        return builder;
    }

    public static final class Builder {
        private int maxTokens = DEFAULT_MAX_TOKENS;
        private List<String> stops = List.of();
        private SamplingOptions sampling = SamplingOptions.greedy();
        private boolean ignoreEnd;
        private boolean trimLeadingSpace;

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

        /// @throws IllegalArgumentException when a value is out of range
        public GenerationOptions build() {
            return new GenerationOptions(maxTokens, stops, sampling, ignoreEnd, trimLeadingSpace);
        }
    }
}
