package io.vlm4j.torture;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/// How long to work, and with what. It goes on until all three numbers are reached, or the time is over.
///
/// @param tokens to generate
/// @param images to encode
/// @param opens  of a model with its context, and closes
public record SoakOptions(
        Path model, Path projector, long tokens, long images, long opens, Duration time, int threads, long seed) {

    public SoakOptions {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(projector, "projector");
        positive("tokens", tokens);
        positive("images", images);
        positive("opens", opens);
        if (!time.isPositive()) {
            throw new IllegalArgumentException("time must be longer than nothing, not " + time);
        }
    }

    private static void positive(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be 1 or more, not " + value);
        }
    }
}
