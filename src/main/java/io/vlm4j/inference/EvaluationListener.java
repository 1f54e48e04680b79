package io.vlm4j.inference;

import java.time.Duration;

/// Told of the parts of a prompt as they are done, on the thread that evaluates.
public interface EvaluationListener {
    EvaluationListener NONE = new EvaluationListener() {};

    /// A picture (or a tile of one) or a sound (or a window of one) is encoded.
    ///
    /// @param index  of the chunk in the prompt
    /// @param cached whether the projector's cache had it, so that nothing was encoded
    default void onMediaEncoded(int index, int tokens, Duration time, boolean cached) {}

    /// A part's tokens are in the context.
    default void onEvaluated(int tokens, Duration time) {}
}
