package io.vlm4j.server.internal.anthropic;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.Usage;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ToolCall;
import io.vlm4j.server.internal.json.Fault;
import io.vlm4j.server.internal.json.Json;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Messages in Anthropic's shape.
record MessageWriter(String id, String model) {
    ObjectNode message(ChatMessage message, Generation generation) {
        ObjectNode node = head();
        ArrayNode content = node.putArray("content");
        message.reasoning()
                .ifPresent(thought -> content.addObject()
                        .put("type", "thinking")
                        .put("thinking", thought)
                        .put("signature", ""));
        if (!message.text().isEmpty()) {
            content.addObject().put("type", "text").put("text", message.text());
        }
        for (ToolCall call : message.toolCalls()) {
            content.addObject()
                    .put("type", "tool_use")
                    .put("id", call.id())
                    .put("name", call.name())
                    .set("input", input(call));
        }
        node.put("stop_reason", stopReason(message, generation));
        node.putNull("stop_sequence");
        node.set("usage", usage(generation.usage()));
        return node;
    }

    /// The arguments; those that were cut before they were whole are none.
    private static JsonNode input(ToolCall call) {
        try {
            JsonNode input = Json.read(call.arguments().getBytes(StandardCharsets.UTF_8));
            return input.isObject() ? input : Json.object();
        } catch (Fault e) {
            return Json.object();
        }
    }

    /// A message of which there is nothing yet.
    ObjectNode begun(int promptTokens, int reused) {
        ObjectNode node = head();
        node.putArray("content");
        node.putNull("stop_reason");
        node.putNull("stop_sequence");
        node.set("usage", usage(promptTokens, reused, 0));
        return node;
    }

    private ObjectNode head() {
        return Json.object()
                .put("id", id)
                .put("type", "message")
                .put("role", "assistant")
                .put("model", model);
    }

    static String stopReason(ChatMessage message, Generation generation) {
        return switch (generation.finishReason()) {
            case END_OF_GENERATION -> message.toolCalls().isEmpty() ? "end_turn" : "tool_use";
            case STOP_STRING -> message.toolCalls().isEmpty() ? "stop_sequence" : "tool_use";
            case MAX_TOKENS, CONTEXT_FULL, CANCELLED -> "max_tokens";
        };
    }

    static ObjectNode usage(Usage usage) {
        return usage(usage.promptTokens(), usage.reusedTokens(), usage.completionTokens());
    }

    private static ObjectNode usage(int prompt, int reused, int completion) {
        return Json.object()
                .put("input_tokens", prompt - reused)
                .put("cache_read_input_tokens", reused)
                .put("cache_creation_input_tokens", 0)
                .put("output_tokens", completion);
    }
}
