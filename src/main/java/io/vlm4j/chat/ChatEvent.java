package io.vlm4j.chat;

import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.prompt.ToolCall;

/// What happens while a turn is answered, in order. With tools there are several rounds: each ends with [Called]s, and
/// the last with [Replied].
public sealed interface ChatEvent {
    /// Pictures encoded, prompt evaluated: figures of the generation underneath. Its texts and its end are told by the
    /// other events.
    record Progress(GenerationEvent event) implements ChatEvent {}

    /// The model thinks aloud.
    record Reasoning(String text) implements ChatEvent {}

    /// The model answers.
    record Text(String text) implements ChatEvent {}

    /// The model asked for a tool, and got this.
    ///
    /// @param result   what the model was told
    /// @param permitted whether the call was made; `false` when the gate refused it or no such tool exists
    record Called(ToolCall call, String result, boolean permitted) implements ChatEvent {}

    /// The end; always the last event.
    record Replied(ChatReply reply) implements ChatEvent {}
}
