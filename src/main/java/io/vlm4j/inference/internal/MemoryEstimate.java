package io.vlm4j.inference.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.model.Model;
import io.vlm4j.runtime.Device;
import io.vlm4j.runtime.NativeRuntime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The least memory that a context will take: its KV cache.
///
/// Main memory is given out by the operating system before it is there, and whoever then uses it is ended without a
/// word; so what cannot fit is refused here. A GPU refuses by itself.
///
/// @param bytes of the KV cache
record MemoryEstimate(String what, int contextLength, double bytes) {
    private static final double GIBIBYTE = 1L << 30;

    /// Two vectors (key and value) for each token, layer and key-value head.
    static MemoryEstimate of(Model model, ContextOptions options, int contextLength) {
        double headSize = (double) model.embeddingSize() / Math.max(1, model.heads());
        double element = switch (options.cacheType()) {
            case F32 -> 4;
            case F16, BF16 -> 2;
            case Q8_0 -> 34 / 32.0;
        };
        double bytes = 2 * element * headSize * model.keyValueHeads() * model.layers() * contextLength;
        return new MemoryEstimate(model.toString(), contextLength, bytes);
    }

    /// @throws Vlm4jException.ModelLoad when the machine has less memory than this
    void requireRoom() {
        List<Device> devices = NativeRuntime.load().devices();
        @Nullable Device only = devices.size() == 1 ? devices.getFirst() : null;
        if (only != null && only.totalMemory() > 0 && bytes > only.totalMemory()) {
            throw new Vlm4jException.ModelLoad(
                    "a context of %d tokens for %s needs %.1f GiB for its KV cache, and this machine has %.1f GiB; lower the context length"
                            .formatted(contextLength, what, bytes / GIBIBYTE, only.totalMemory() / GIBIBYTE));
        }
    }
}
