package io.vlm4j.generation;

/// Told of everything that happens in a generation, on the thread that generates. What it throws ends the
/// generation and comes out of the call.
@FunctionalInterface
public interface GenerationListener {
    GenerationListener NONE = event -> {};

    void onEvent(GenerationEvent event);
}
