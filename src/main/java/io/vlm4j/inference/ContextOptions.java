package io.vlm4j.inference;

import io.vlm4j.model.Threads;
import java.util.Objects;

/// How a context is made. Lengths in tokens.
///
/// @param contextLength  most tokens that it remembers; 0: what the model was trained for, at most
///     [#DEFAULT_LENGTH]
/// @param batchSize      most tokens that are evaluated in one native call
/// @param microBatchSize most tokens that are computed at a time; pictures of models with non-causal attention must
///     fit
/// @param threads        CPU threads for single tokens; one where all of a model is on a GPU, which needs no more
/// @param batchThreads   CPU threads for prompts, likewise
/// @param cacheType      number format of the KV cache
/// @param watchable      whether its layers can be watched ([InferenceContext#watch]); each step of its graphs then
///     asks back, which costs little, and nothing when it is not
public record ContextOptions(
        int contextLength,
        int batchSize,
        int microBatchSize,
        int threads,
        int batchThreads,
        FlashAttention flashAttention,
        CacheType cacheType,
        boolean watchable) {
    /// A length that holds pictures and a conversation without taking gigabytes.
    public static final int DEFAULT_LENGTH = 8192;

    public ContextOptions {
        if (contextLength < 0) {
            throw new IllegalArgumentException("contextLength must be 0 (the model's) or more, not " + contextLength);
        }
        positive("batchSize", batchSize);
        positive("microBatchSize", microBatchSize);
        Threads.check("threads", threads);
        Threads.check("batchThreads", batchThreads);
        Objects.requireNonNull(flashAttention, "flashAttention");
        Objects.requireNonNull(cacheType, "cacheType");
        if (cacheType == CacheType.Q8_0 && flashAttention == FlashAttention.OFF) {
            throw new IllegalArgumentException("a Q8_0 cache needs flash attention");
        }
    }

    private static void positive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be 1 or more, not " + value);
        }
    }

    public static ContextOptions defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /// The same with another choice of flash attention.
    public ContextOptions withFlashAttention(FlashAttention value) {
        return new ContextOptions(
                contextLength, batchSize, microBatchSize, threads, batchThreads, value, cacheType, watchable);
    }

    /// The same, but watchable or not.
    public ContextOptions withWatchable(boolean value) {
        return new ContextOptions(
                contextLength, batchSize, microBatchSize, threads, batchThreads, flashAttention, cacheType, value);
    }

    public static final class Builder {
        private int contextLength;
        private int batchSize = 2048;
        private int microBatchSize = 512;
        private int threads = Threads.recommended();
        private int batchThreads = Threads.recommended();
        private FlashAttention flashAttention = FlashAttention.AUTO;
        private CacheType cacheType = CacheType.F16;
        private boolean watchable;

        private Builder() {}

        public Builder contextLength(int value) {
            contextLength = value;
            return this;
        }

        public Builder batchSize(int value) {
            batchSize = value;
            return this;
        }

        public Builder microBatchSize(int value) {
            microBatchSize = value;
            return this;
        }

        /// For single tokens and prompts alike.
        public Builder threads(int value) {
            threads = value;
            batchThreads = value;
            return this;
        }

        public Builder batchThreads(int value) {
            batchThreads = value;
            return this;
        }

        public Builder flashAttention(FlashAttention value) {
            flashAttention = value;
            return this;
        }

        public Builder cacheType(CacheType value) {
            cacheType = value;
            return this;
        }

        public Builder watchable(boolean value) {
            watchable = value;
            return this;
        }

        /// @throws IllegalArgumentException when a value is out of range
        public ContextOptions build() {
            return new ContextOptions(
                    contextLength,
                    batchSize,
                    microBatchSize,
                    threads,
                    batchThreads,
                    flashAttention,
                    cacheType,
                    watchable);
        }
    }
}
