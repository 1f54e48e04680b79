package io.vlm4j.prompt;

import java.util.Objects;

/// What a model wants done.
///
/// @param id        ties the result to the call; empty in formats that have none
/// @param name      of the tool
/// @param arguments a JSON object as text, as the model wrote it
public record ToolCall(String id, String name, String arguments) {
    public ToolCall {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(arguments, "arguments");
    }
}
