package io.vlm4j.server.internal.openai;

import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ToolCall;
import io.vlm4j.server.internal.RandomId;
import io.vlm4j.server.internal.json.Fields;
import io.vlm4j.server.internal.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Responses and their items.
///
/// @param echoed what of the request stands in the response
record ResponseJsonWriter(
        String id, String reasoningId, String messageId, long created, String model, ObjectNode echoed) {
    static ResponseJsonWriter of(Fields request, long created, String model) {
        ObjectNode echoed = Json.object();
        Map<String, String> otherwise = Map.of(
                "tool_choice", "\"auto\"",
                "tools", "[]",
                "parallel_tool_calls", "true",
                "metadata", "{}",
                "instructions", "null",
                "temperature", "null",
                "top_p", "null",
                "max_output_tokens", "null");
        otherwise.forEach((name, value) -> echoed.set(
                name, request.has(name) ? request.get(name) : Json.read(value.getBytes(StandardCharsets.UTF_8))));
        echoed.set(
                "text",
                request.has("text")
                        ? request.get("text")
                        : Json.object().set("format", Json.object().put("type", "text")));
        return new ResponseJsonWriter(
                RandomId.of("resp_"), RandomId.of("rs_"), RandomId.of("msg_"), created, model, echoed);
    }

    /// Before there is anything of the answer.
    ObjectNode begun() {
        ObjectNode node = head("in_progress");
        node.putArray("output");
        return node;
    }

    ObjectNode ended(ChatMessage message, Generation generation) {
        boolean whole = isWhole(generation);
        ObjectNode node = head(whole ? "completed" : "incomplete");
        if (!whole) {
            node.putObject("incomplete_details").put("reason", "max_output_tokens");
        }
        ArrayNode output = node.putArray("output");
        message.reasoning().ifPresent(thought -> output.add(reasoning(Optional.of(thought))));
        if (!message.text().isEmpty() || message.toolCalls().isEmpty()) {
            output.add(message(Optional.of(message.text()), whole));
        }
        for (int i = 0; i < message.toolCalls().size(); i++) {
            output.add(call(message.toolCalls().get(i), whole ? "completed" : "incomplete"));
        }
        ObjectNode usage = node.putObject("usage");
        usage.put("input_tokens", generation.usage().promptTokens());
        usage.putObject("input_tokens_details")
                .put("cached_tokens", generation.usage().reusedTokens());
        usage.put("output_tokens", generation.usage().completionTokens());
        usage.putObject("output_tokens_details").put("reasoning_tokens", 0);
        usage.put("total_tokens", generation.usage().totalTokens());
        node.set("timings", Outcome.timings(generation));
        return node;
    }

    static boolean isWhole(Generation generation) {
        return generation.finishReason() == FinishReason.END_OF_GENERATION
                || generation.finishReason() == FinishReason.STOP_STRING;
    }

    ObjectNode failed(String message) {
        ObjectNode node = head("failed");
        node.putArray("output");
        node.putObject("error").put("code", "server_error").put("message", message);
        return node;
    }

    private ObjectNode head(String status) {
        ObjectNode node = Json.object()
                .put("id", id)
                .put("object", "response")
                .put("created_at", created)
                .put("status", status)
                .put("model", model);
        node.putNull("error");
        node.putNull("incomplete_details");
        node.putNull("previous_response_id");
        node.put("store", false);
        node.setAll(echoed);
        return node;
    }

    /// @param text empty while it is being written
    ObjectNode reasoning(Optional<String> text) {
        ObjectNode node = Json.object().put("id", reasoningId).put("type", "reasoning");
        node.put("status", text.isPresent() ? "completed" : "in_progress");
        node.putArray("summary");
        ArrayNode content = node.putArray("content");
        text.ifPresent(
                thought -> content.addObject().put("type", "reasoning_text").put("text", thought));
        return node;
    }

    ObjectNode message(Optional<String> text, boolean whole) {
        ObjectNode node = Json.object().put("id", messageId).put("type", "message");
        node.put("status", text.isEmpty() ? "in_progress" : whole ? "completed" : "incomplete");
        node.put("role", "assistant");
        ArrayNode content = node.putArray("content");
        text.ifPresent(said -> content.add(part(said)));
        return node;
    }

    static ObjectNode part(String text) {
        ObjectNode part = Json.object().put("type", "output_text").put("text", text);
        part.putArray("annotations");
        part.putArray("logprobs");
        return part;
    }

    static ObjectNode call(ToolCall call, String status) {
        return Json.object()
                .put("id", itemId(call.id()))
                .put("type", "function_call")
                .put("status", status)
                .put("call_id", call.id())
                .put("name", call.name())
                .put("arguments", call.arguments());
    }

    /// A call's item has a name of its own.
    static String itemId(String callId) {
        return "fc_" + callId;
    }
}
