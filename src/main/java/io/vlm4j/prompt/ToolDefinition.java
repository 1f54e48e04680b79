package io.vlm4j.prompt;

import io.vlm4j.prompt.internal.JsonText;
import java.util.regex.Pattern;

/// What a model is told of a tool.
///
/// @param name        1 to 64 letters, digits, `_` or `-`
/// @param description for the model: what the tool does, when to use it
/// @param parameters  JSON schema of the arguments, an object as text; `{}` for a tool without any
public record ToolDefinition(String name, String description, String parameters) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    /// @throws IllegalArgumentException when the name is no such name, or the parameters are no JSON object
    public ToolDefinition {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a tool's name is 1 to 64 letters, digits, '_' or '-', not '" + name + "'");
        }
        if (!JsonText.isObject(parameters)) {
            throw new IllegalArgumentException(
                    "the parameters of tool '" + name + "' are no JSON object: " + parameters);
        }
    }
}
