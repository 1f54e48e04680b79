package io.vlm4j.chat.internal;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// What a model is told of a result.
public final class ToolResult {
    private static final JsonMapper JSON = JsonMapper.shared();

    /// Of a method without a result, so that the model knows that it was called.
    static final String DONE = "done";

    private ToolResult() {}

    public static String text(@Nullable Object result) {
        return result instanceof String text ? text : JSON.writeValueAsString(result);
    }
}
