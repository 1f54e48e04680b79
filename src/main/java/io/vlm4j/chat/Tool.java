package io.vlm4j.chat;

import io.vlm4j.prompt.ToolDefinition;
import java.util.Objects;

/// Something that a model may ask for while it answers.
///
/// {@snippet class="io.vlm4j.snippets.ChatSnippets" region="tool"}
///
/// @param definition what the model is told of it
/// @param function   what is done; see [Tools] for tools made of Java methods
public record Tool(ToolDefinition definition, Function function) {
    /// The work of a tool.
    @FunctionalInterface
    public interface Function {
        /// @param argumentsJson a JSON object that follows the definition's schema as far as the model did
        /// @return what the model is told
        /// @throws Exception whose message the model is told instead, so that it can try again or apologise
        String call(String argumentsJson) throws Exception;
    }

    public Tool {
        Objects.requireNonNull(definition, "definition");
        Objects.requireNonNull(function, "function");
    }

    public String name() {
        return definition.name();
    }
}
