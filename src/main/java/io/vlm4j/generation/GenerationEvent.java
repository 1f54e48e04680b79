package io.vlm4j.generation;

import java.time.Duration;
import java.util.List;

/// What happens in a generation, in this order: media encoded, prompt evaluated, text by text, finished.
public sealed interface GenerationEvent {
    /// A picture (or a tile of one) or a sound (or a window of one) is encoded.
    ///
    /// @param cached whether the projector's cache had it, so that nothing was encoded
    record MediaEncoded(int tokens, Duration time, boolean cached) implements GenerationEvent {}

    /// The prompt is in the context; the first token follows.
    ///
    /// @param tokens of the whole prompt
    /// @param reused of them that the context remembered already
    /// @param time   for the others
    record PromptEvaluated(int tokens, int reused, Duration time) implements GenerationEvent {}

    /// Text that may be shown: whole characters, and no part of a stop string.
    ///
    /// @param token         the token that completed it
    /// @param probabilities of the tokens since the text before; empty unless
    ///     [GenerationOptions#logProbabilities()] asks for them
    record Text(String text, int token, List<TokenProbability> probabilities) implements GenerationEvent {
        public Text {
            probabilities = List.copyOf(probabilities);
        }
    }

    /// The end; always the last event.
    record Finished(Generation generation) implements GenerationEvent {}
}
