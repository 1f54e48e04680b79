package io.vlm4j.server.internal.openai;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.TokenProbability;
import io.vlm4j.prompt.AnswerEvent;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ToolCall;
import io.vlm4j.server.internal.json.Json;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Chat completions and their chunks.
///
/// @param created in seconds since 1970
record ChatJsonWriter(String id, long created, String model, Logprobs logprobs, boolean withLogprobs) {
    private static final String FINGERPRINT = "vlm4j";

    ObjectNode completion(List<ChatMessage> messages, List<Generation> generations) {
        ObjectNode node = head("chat.completion");
        ArrayNode choices = node.putArray("choices");
        for (int i = 0; i < messages.size(); i++) {
            Generation generation = generations.get(i);
            ObjectNode choice = choices.addObject().put("index", i);
            message(choice.putObject("message"), messages.get(i));
            if (withLogprobs) {
                choice.set("logprobs", logprobs.chat(generation.probabilities()));
            } else {
                choice.putNull("logprobs");
            }
            choice.put("finish_reason", Outcome.finishReason(generation.finishReason(), messages.get(i)));
            Entities.add(choice, generation);
        }
        node.set("usage", Outcome.usage(generations));
        node.set("timings", Outcome.timings(generations.getFirst()));
        return node;
    }

    private static void message(ObjectNode node, ChatMessage message) {
        node.put("role", "assistant");
        String text = message.text();
        if (text.isEmpty() && !message.toolCalls().isEmpty()) {
            node.putNull("content");
        } else {
            node.put("content", text);
        }
        node.putNull("refusal");
        message.reasoning().ifPresent(thought -> node.put("reasoning_content", thought));
        if (!message.toolCalls().isEmpty()) {
            ArrayNode calls = node.putArray("tool_calls");
            for (ToolCall call : message.toolCalls()) {
                ObjectNode one = calls.addObject().put("id", call.id()).put("type", "function");
                one.putObject("function").put("name", call.name()).put("arguments", call.arguments());
            }
        }
    }

    /// The first chunk of an answer, which says who speaks.
    ObjectNode role(int choice) {
        ObjectNode node = head("chat.completion.chunk");
        choice(node, choice).putObject("delta").put("role", "assistant").put("content", "");
        return node;
    }

    ObjectNode delta(int choice, AnswerEvent event, List<TokenProbability> probabilities) {
        ObjectNode node = head("chat.completion.chunk");
        ObjectNode one = choice(node, choice);
        ObjectNode delta = one.putObject("delta");
        switch (event) {
            case AnswerEvent.ReasoningDelta thought -> delta.put("reasoning_content", thought.text());
            case AnswerEvent.ContentDelta text -> delta.put("content", text.text());
            case AnswerEvent.ToolCallStarted call -> {
                ObjectNode started = delta.putArray("tool_calls").addObject();
                started.put("index", call.index()).put("id", call.id()).put("type", "function");
                started.putObject("function").put("name", call.name()).put("arguments", "");
            }
            case AnswerEvent.ToolCallArguments more -> {
                ObjectNode call = delta.putArray("tool_calls").addObject().put("index", more.index());
                call.putObject("function").put("arguments", more.text());
            }
            case AnswerEvent.Finished end -> throw new IllegalArgumentException("no delta: " + end);
        }
        if (withLogprobs) {
            one.set("logprobs", logprobs.chat(probabilities));
        }
        return node;
    }

    /// The last chunk of an answer.
    ObjectNode end(int choice, ChatMessage message, Generation generation) {
        ObjectNode node = head("chat.completion.chunk");
        ObjectNode one = choice(node, choice);
        one.putObject("delta");
        one.put("finish_reason", Outcome.finishReason(generation.finishReason(), message));
        Entities.add(one, generation);
        node.set("timings", Outcome.timings(generation));
        return node;
    }

    /// The last chunk of all.
    ObjectNode usage(List<Generation> generations) {
        ObjectNode node = head("chat.completion.chunk");
        node.putArray("choices");
        node.set("usage", Outcome.usage(generations));
        node.set("timings", Outcome.timings(generations.getFirst()));
        return node;
    }

    private static ObjectNode choice(ObjectNode node, int index) {
        ObjectNode choice = node.putArray("choices").addObject().put("index", index);
        choice.putNull("finish_reason");
        return choice;
    }

    private ObjectNode head(String object) {
        return Json.object()
                .put("id", id)
                .put("object", object)
                .put("created", created)
                .put("model", model)
                .put("system_fingerprint", FINGERPRINT);
    }
}
