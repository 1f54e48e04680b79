package io.vlm4j.server.internal.anthropic;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.TokenProbability;
import io.vlm4j.prompt.AnswerEvent;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.server.internal.AnswerListener;
import io.vlm4j.server.internal.EventStream;
import io.vlm4j.server.internal.json.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A message as events, while it is made: blocks one after the other, each begun, filled and ended.
final class MessageStream implements AnswerListener {
    private enum Kind {
        THINKING,
        TEXT,
        TOOL
    }

    private final EventStream events;
    private final MessageWriter writer;
    private @Nullable Kind open;
    private int blocks;

    MessageStream(EventStream events, MessageWriter writer) {
        this.events = events;
        this.writer = writer;
    }

    private void send(ObjectNode event) {
        events.send(event.get("type").stringValue(), event);
    }

    private static ObjectNode event(String type) {
        return Json.object().put("type", type);
    }

    @Override
    public void begun(int promptTokens, int reused) {
        ObjectNode start = event("message_start");
        start.set("message", writer.begun(promptTokens, reused));
        send(start);
    }

    @Override
    public void said(int answer, AnswerEvent event, List<TokenProbability> probabilities) {
        switch (event) {
            case AnswerEvent.ReasoningDelta thought -> {
                open(Kind.THINKING, event("thinking").put("thinking", "").put("signature", ""));
                delta(event("thinking_delta").put("thinking", thought.text()));
            }
            case AnswerEvent.ContentDelta words -> {
                open(Kind.TEXT, event("text").put("text", ""));
                delta(event("text_delta").put("text", words.text()));
            }
            case AnswerEvent.ToolCallStarted call -> {
                end();
                ObjectNode block = event("tool_use").put("id", call.id()).put("name", call.name());
                block.putObject("input");
                open(Kind.TOOL, block);
            }
            case AnswerEvent.ToolCallArguments more ->
                delta(event("input_json_delta").put("partial_json", more.text()));
            case AnswerEvent.Finished finished -> {}
        }
    }

    private void open(Kind kind, ObjectNode block) {
        if (open == kind) {
            return;
        }
        end();
        open = kind;
        ObjectNode start = event("content_block_start").put("index", blocks);
        start.set("content_block", block);
        send(start);
    }

    private void delta(ObjectNode delta) {
        ObjectNode event = event("content_block_delta").put("index", blocks);
        event.set("delta", delta);
        send(event);
    }

    private void end() {
        if (open != null) {
            send(event("content_block_stop").put("index", blocks));
            blocks++;
            open = null;
        }
    }

    @Override
    public void ended(int answer, ChatMessage message, Generation generation) {
        end();
        ObjectNode delta = event("message_delta");
        delta.putObject("delta")
                .put("stop_reason", MessageWriter.stopReason(message, generation))
                .putNull("stop_sequence");
        delta.set("usage", MessageWriter.usage(generation.usage()));
        send(delta);
        send(event("message_stop"));
    }
}
