package io.vlm4j.model;

import java.util.Objects;
import java.util.Optional;

/// How to load a projector (mmproj file).
///
/// @param gpu            run it on a GPU when there is one
/// @param threads        CPU threads for encoding
/// @param warmup         encode an empty picture while loading, so that the first real one is as fast as the next
/// @param minImageTokens least tokens that an image takes, for models of dynamic resolution; 0 for the model's own
///     limit
/// @param maxImageTokens most tokens that an image takes, for models of dynamic resolution; 0 for the model's own
///     limit
/// @param listener       told of progress; may cancel
/// @param cache          remembers encodings; closed by whoever made it, after the projector. Empty: the projector
///     makes one of 256 MiB in memory for itself
public record ProjectorOptions(
        boolean gpu,
        int threads,
        boolean warmup,
        int minImageTokens,
        int maxImageTokens,
        LoadListener listener,
        Optional<EmbeddingCache> cache) {
    public ProjectorOptions {
        Threads.check("threads", threads);
        if (minImageTokens < 0 || maxImageTokens < 0) {
            throw new IllegalArgumentException("image token limits must be 0 (the model's own) or more, not "
                    + minImageTokens + " and " + maxImageTokens);
        }
        if (maxImageTokens > 0 && minImageTokens > maxImageTokens) {
            throw new IllegalArgumentException(
                    "minImageTokens " + minImageTokens + " is above maxImageTokens " + maxImageTokens);
        }
        Objects.requireNonNull(listener, "listener");
        Objects.requireNonNull(cache, "cache");
    }

    public static ProjectorOptions defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /// These options, to be changed.
    public Builder toBuilder() {
        Builder copy = new Builder()
                .gpu(gpu)
                .threads(threads)
                .warmup(warmup)
                .minImageTokens(minImageTokens)
                .maxImageTokens(maxImageTokens)
                .listener(listener);
        copy.cache = cache;
        return copy;
    }

    public static final class Builder {
        private boolean gpu = true;
        private int threads = Threads.recommended();
        private boolean warmup;
        private int minImageTokens;
        private int maxImageTokens;
        private LoadListener listener = LoadListener.NONE;
        private Optional<EmbeddingCache> cache = Optional.empty();

        private Builder() {}

        public Builder gpu(boolean value) {
            gpu = value;
            return this;
        }

        public Builder threads(int value) {
            threads = value;
            return this;
        }

        public Builder warmup(boolean value) {
            warmup = value;
            return this;
        }

        public Builder minImageTokens(int value) {
            minImageTokens = value;
            return this;
        }

        public Builder maxImageTokens(int value) {
            maxImageTokens = value;
            return this;
        }

        public Builder listener(LoadListener value) {
            listener = value;
            return this;
        }

        /// A cache that the caller closes after the projector, or [EmbeddingCache#none()].
        public Builder cache(EmbeddingCache value) {
            cache = Optional.of(value);
            return this;
        }

        /// @throws IllegalArgumentException when a value is out of range
        public ProjectorOptions build() {
            return new ProjectorOptions(gpu, threads, warmup, minImageTokens, maxImageTokens, listener, cache);
        }
    }
}
