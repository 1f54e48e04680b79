package io.vlm4j.model;

import java.util.Objects;

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
public record ProjectorOptions(
        boolean gpu, int threads, boolean warmup, int minImageTokens, int maxImageTokens, LoadListener listener) {
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
    }

    public static ProjectorOptions defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    public static final class Builder {
        private boolean gpu = true;
        private int threads = Threads.recommended();
        private boolean warmup;
        private int minImageTokens;
        private int maxImageTokens;
        private LoadListener listener = LoadListener.NONE;

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

        /// @throws IllegalArgumentException when a value is out of range
        public ProjectorOptions build() {
            return new ProjectorOptions(gpu, threads, warmup, minImageTokens, maxImageTokens, listener);
        }
    }
}
