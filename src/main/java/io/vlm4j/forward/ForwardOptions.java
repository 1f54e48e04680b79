package io.vlm4j.forward;

import io.vlm4j.model.Threads;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/// How a forward pass is made.
///
/// @param precision     exact, or as fast as generation
/// @param contextLength most positions of an example, padding not counted; 0: what the model was trained for
/// @param threads       CPU threads
/// @param memoryLimit   most bytes for outputs and what the pass itself needs; 0: half of the machine's memory
/// @param spill         a folder; outputs that would go beyond the limit lie there, in a file that is mapped into
///     memory and goes when they are closed
public record ForwardOptions(
        Precision precision, int contextLength, int threads, long memoryLimit, Optional<Path> spill) {
    public ForwardOptions {
        Objects.requireNonNull(precision, "precision");
        if (contextLength < 0) {
            throw new IllegalArgumentException("contextLength must be 0 (the model's) or more, not " + contextLength);
        }
        Threads.check("threads", threads);
        if (memoryLimit < 0) {
            throw new IllegalArgumentException(
                    "memoryLimit must be 0 (half of the memory) or more, not " + memoryLimit);
        }
        Objects.requireNonNull(spill, "spill");
    }

    /// As transformers computes, for examples as long as the model was trained for.
    public static ForwardOptions exact() {
        return new ForwardOptions(Precision.EXACT, 0, Threads.recommended(), 0, Optional.empty());
    }

    /// As generation computes.
    public static ForwardOptions fast() {
        return new ForwardOptions(Precision.FAST, 0, Threads.recommended(), 0, Optional.empty());
    }

    public ForwardOptions withContextLength(int value) {
        return new ForwardOptions(precision, value, threads, memoryLimit, spill);
    }

    public ForwardOptions withThreads(int value) {
        return new ForwardOptions(precision, contextLength, value, memoryLimit, spill);
    }

    public ForwardOptions withMemoryLimit(long bytes) {
        return new ForwardOptions(precision, contextLength, threads, bytes, spill);
    }

    public ForwardOptions withSpill(Path folder) {
        return new ForwardOptions(precision, contextLength, threads, memoryLimit, Optional.of(folder));
    }
}
