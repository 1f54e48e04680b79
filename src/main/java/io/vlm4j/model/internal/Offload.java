package io.vlm4j.model.internal;

import io.vlm4j.runtime.Device;
import io.vlm4j.runtime.NativeRuntime;

/// How much of a model is computed on GPUs.
public enum Offload {
    NONE,
    SOME,
    /// All but the look-up of embeddings.
    ALL;

    /// @param gpuLayers as asked for: negative for all
    /// @param layers    that the model has
    static Offload of(int gpuLayers, int layers) {
        if (gpuLayers == 0 || NativeRuntime.load().devices().stream().noneMatch(Offload::isGpu)) {
            return NONE;
        }
        return gpuLayers < 0 || gpuLayers > layers ? ALL : SOME; // the output counts as one more
    }

    static boolean isGpu(Device device) {
        return device.kind() == Device.Kind.GPU || device.kind() == Device.Kind.INTEGRATED_GPU;
    }
}
