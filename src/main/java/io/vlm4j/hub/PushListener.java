package io.vlm4j.hub;

/// Is told what happens: one call at a time, on whatever thread is at work. What it throws ends the push.
@FunctionalInterface
public interface PushListener {
    /// Listens to nothing.
    PushListener NONE = _ -> {};

    void onEvent(PushEvent event);
}
