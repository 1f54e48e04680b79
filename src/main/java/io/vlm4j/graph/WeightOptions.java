package io.vlm4j.graph;

import java.util.Objects;

/// How [Weights] are opened.
///
/// @param storage where they are
/// @param device  the name of the device that computes with them, as [io.vlm4j.runtime.Device#name()] has it; the CPU
///     computes what it cannot
public record WeightOptions(WeightStorage storage, String device) {
    /// The name of the CPU among the devices.
    public static final String CPU = "CPU";

    public WeightOptions {
        Objects.requireNonNull(storage, "storage");
        Objects.requireNonNull(device, "device");
    }

    /// The mapped file, on the CPU.
    public static WeightOptions defaults() {
        return new WeightOptions(WeightStorage.MAPPED, CPU);
    }

    public WeightOptions withStorage(WeightStorage newStorage) {
        return new WeightOptions(newStorage, device);
    }

    public WeightOptions withDevice(String newDevice) {
        return new WeightOptions(storage, newDevice);
    }
}
