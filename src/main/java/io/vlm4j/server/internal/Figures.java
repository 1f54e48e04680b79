package io.vlm4j.server.internal;

import io.vlm4j.generation.Usage;
import io.vlm4j.server.internal.http.Front;
import java.time.Duration;
import java.util.Optional;

/// What the server counts.
public interface Figures {
    /// Nobody counts.
    Figures NONE = new Figures() {};

    default void request(Front.Done done) {}

    /// @param sinceAsked from when the request was known to be in order to the first text of its answer
    default void firstText(Duration sinceAsked) {}

    default void nextText(Duration sinceText) {}

    default void answered(Usage usage) {}

    /// All of it in Prometheus' text format; empty when nobody counts.
    default Optional<String> text() {
        return Optional.empty();
    }
}
