package io.vlm4j.inference;

import java.util.Objects;

/// What a consumer sees of a context's layers while it evaluates. A value.
///
/// {@snippet class="io.vlm4j.snippets.GenerationSnippets" region="layers"}
///
/// @param hiddenStates whether hidden states are seen
/// @param attentions   whether attentions are seen
/// @param consumer     who sees them
public record WatchedLayers(boolean hiddenStates, boolean attentions, LayerConsumer consumer) {
    private static final WatchedLayers NONE = new WatchedLayers(false, false, new LayerConsumer() {});

    public WatchedLayers {
        Objects.requireNonNull(consumer, "consumer");
    }

    /// Nobody looks.
    public static WatchedLayers none() {
        return NONE;
    }

    public static WatchedLayers attentions(LayerConsumer consumer) {
        return new WatchedLayers(false, true, consumer);
    }

    public static WatchedLayers hiddenStates(LayerConsumer consumer) {
        return new WatchedLayers(true, false, consumer);
    }

    /// Hidden states and attentions.
    public static WatchedLayers all(LayerConsumer consumer) {
        return new WatchedLayers(true, true, consumer);
    }

    public boolean isEmpty() {
        return !hiddenStates && !attentions;
    }
}
