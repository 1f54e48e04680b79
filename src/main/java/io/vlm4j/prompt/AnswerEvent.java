package io.vlm4j.prompt;

/// What an answer turns out to say while it is being written.
public sealed interface AnswerEvent {
    /// More of what the model thinks.
    record ReasoningDelta(String text) implements AnswerEvent {}

    /// More of what it answers.
    record ContentDelta(String text) implements AnswerEvent {}

    /// It begins to call a tool.
    ///
    /// @param index of the call in the answer, from 0
    record ToolCallStarted(int index, String id, String name) implements AnswerEvent {}

    /// More of the arguments of a call, a piece of a JSON object's text.
    record ToolCallArguments(int index, String text) implements AnswerEvent {}

    /// The whole message; always the last event.
    record Finished(ChatMessage message) implements AnswerEvent {}
}
