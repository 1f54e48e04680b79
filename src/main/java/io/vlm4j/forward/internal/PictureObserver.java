package io.vlm4j.forward.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.natives.ggml.EvalObserver;

/// Watches a [VisionTower] that encodes pictures one after the other.
public interface PictureObserver extends EvalObserver {
    /// The `picture`-th is encoded next.
    void begin(int picture);

    /// A picture was encoded.
    ///
    /// @param projector for messages
    /// @throws Vlm4jException.Inference when the graph did not show what is wanted
    void end(String projector);
}
