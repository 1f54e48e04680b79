package io.vlm4j.runtime;

/// A device that models can be computed on.
///
/// @param name        the backend's name for it, such as `CPU` or `CUDA0`
/// @param description the hardware's own name
/// @param freeMemory  bytes free now, 0 when unknown
/// @param totalMemory bytes in all, 0 when unknown
public record Device(String name, String description, Kind kind, long freeMemory, long totalMemory) {
    public enum Kind {
        CPU,
        GPU,
        INTEGRATED_GPU,
        ACCELERATOR
    }
}
