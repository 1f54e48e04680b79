package io.vlm4j.chat.internal;

import io.vlm4j.chat.ChatEvent;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.Tool;
import io.vlm4j.prompt.ToolCall;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/// Calls what a model asked for. Whatever goes wrong in a tool is told to the model and not thrown at the caller: an
/// unknown name, arguments that do not fit, an exception. Errors of the machine ([Error]) do come out.
final class ToolCalls {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final ChatOptions options;

    ToolCalls(ChatOptions options) {
        this.options = options;
    }

    ChatEvent.Called call(ToolCall call) {
        Optional<Tool> tool = options.tools().stream()
                .filter(candidate -> candidate.name().equals(call.name()))
                .findFirst();
        if (tool.isEmpty()) {
            return new ChatEvent.Called(call, error("there is no tool named '" + call.name() + "'"), false);
        }
        if (!options.gate().permits(call)) {
            return new ChatEvent.Called(call, error("the user did not permit this call"), false);
        }
        return new ChatEvent.Called(call, run(tool.get(), call), true);
    }

    private static String run(Tool tool, ToolCall call) {
        try {
            return tool.function().call(call.arguments());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return error("the call was interrupted");
        } catch (Exception e) {
            String reason = e.getMessage();
            return error(reason == null || reason.isBlank() ? e.getClass().getSimpleName() : reason);
        }
    }

    private static String error(String reason) {
        return JSON.writeValueAsString(JsonNodeFactory.instance.objectNode().put("error", reason));
    }
}
