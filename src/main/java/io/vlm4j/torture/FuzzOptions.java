package io.vlm4j.torture;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/// How inputs are mutated and watched.
///
/// @param model     the real text model among the good files
/// @param projector its projector
/// @param cases     of each kind
/// @param keep      folder for offenders
/// @param hang      a case that takes longer hangs
/// @param memory    a worker that takes more bytes is ended
/// @param time      no kind goes on for longer
/// @param command   starts a worker; its arguments are added
public record FuzzOptions(
        Path model,
        Path projector,
        int cases,
        long seed,
        Path keep,
        Duration hang,
        long memory,
        Duration time,
        List<String> command) {
    public static final Duration DEFAULT_HANG = Duration.ofSeconds(10);
    public static final long DEFAULT_MEMORY = 2L << 30;

    public FuzzOptions {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(projector, "projector");
        Objects.requireNonNull(keep, "keep");
        command = List.copyOf(command);
        if (cases < 1) {
            throw new IllegalArgumentException("cases must be 1 or more, not " + cases);
        }
        if (!hang.isPositive() || !time.isPositive()) {
            throw new IllegalArgumentException("time must be longer than nothing, not " + hang + " and " + time);
        }
        if (memory < 1) {
            throw new IllegalArgumentException("memory must be 1 or more, not " + memory);
        }
    }
}
