package io.vlm4j.model;

import java.util.Objects;

/// How to load a model.
///
/// @param gpuLayers    transformer layers kept in GPU memory; -1 for all. Without a GPU it has no effect
/// @param memoryMap    map the file instead of reading it: loads faster, and several processes share the pages
/// @param memoryLock   keep the weights from being swapped out; needs the right to lock that much memory
/// @param checkTensors verify every block of weights while loading (finite numbers); slow
/// @param listener     told of progress; may cancel
public record ModelOptions(
        int gpuLayers, boolean memoryMap, boolean memoryLock, boolean checkTensors, LoadListener listener) {
    public static final int ALL_LAYERS = -1;

    public ModelOptions {
        if (gpuLayers < ALL_LAYERS) {
            throw new IllegalArgumentException("gpuLayers must be -1 (all) or more, not " + gpuLayers);
        }
        Objects.requireNonNull(listener, "listener");
    }

    public static ModelOptions defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.gpuLayers = gpuLayers;
        builder.memoryMap = memoryMap;
        builder.memoryLock = memoryLock;
        builder.checkTensors = checkTensors;
        builder.listener = listener;
        return builder;
    }

    public static final class Builder {
        private int gpuLayers = ALL_LAYERS;
        private boolean memoryMap = true;
        private boolean memoryLock;
        private boolean checkTensors;
        private LoadListener listener = LoadListener.NONE;

        private Builder() {}

        public Builder gpuLayers(int value) {
            gpuLayers = value;
            return this;
        }

        public Builder memoryMap(boolean value) {
            memoryMap = value;
            return this;
        }

        public Builder memoryLock(boolean value) {
            memoryLock = value;
            return this;
        }

        public Builder checkTensors(boolean value) {
            checkTensors = value;
            return this;
        }

        public Builder listener(LoadListener value) {
            listener = value;
            return this;
        }

        /// @throws IllegalArgumentException when a value is out of range
        public ModelOptions build() {
            return new ModelOptions(gpuLayers, memoryMap, memoryLock, checkTensors, listener);
        }
    }
}
