package io.vlm4j.server.internal.openai;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.TokenProbability;
import io.vlm4j.prompt.AnswerEvent;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ToolCall;
import io.vlm4j.server.internal.EventStream;
import io.vlm4j.server.internal.json.Json;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A response as events, while it is made: items one after the other, each begun, filled and ended.
final class ResponseStream extends Collected {
    private enum Kind {
        REASONING,
        MESSAGE,
        CALL
    }

    private final EventStream events;
    private final ResponseJsonWriter writer;
    private final StringBuilder text = new StringBuilder(); // of the item that is open
    private @Nullable Kind open;
    private ToolCall call = new ToolCall("", "", "");
    private int items;
    private int sequence;

    ResponseStream(EventStream events, ResponseJsonWriter writer) {
        super(1);
        this.events = events;
        this.writer = writer;
    }

    private void send(String type, ObjectNode data) {
        ObjectNode event = Json.object().put("type", type).put("sequence_number", sequence++);
        event.setAll(data);
        events.send(type, event);
    }

    private static ObjectNode with(ObjectNode response) {
        return Json.object().set("response", response);
    }

    @Override
    public boolean hears() {
        return true;
    }

    @Override
    public void begun(int promptTokens, int reused) {
        send("response.created", with(writer.begun()));
        send("response.in_progress", with(writer.begun()));
    }

    @Override
    public void said(int answer, AnswerEvent event, List<TokenProbability> probabilities) {
        switch (event) {
            case AnswerEvent.ReasoningDelta thought -> {
                open(Kind.REASONING);
                more(thought.text(), "response.reasoning_text.delta");
            }
            case AnswerEvent.ContentDelta words -> {
                open(Kind.MESSAGE);
                more(words.text(), "response.output_text.delta");
            }
            case AnswerEvent.ToolCallStarted started -> {
                end(true);
                call = new ToolCall(started.id(), started.name(), "");
                open(Kind.CALL);
            }
            case AnswerEvent.ToolCallArguments arguments -> {
                text.append(arguments.text());
                send("response.function_call_arguments.delta", place(false).put("delta", arguments.text()));
            }
            case AnswerEvent.Finished finished -> {}
        }
    }

    private void more(String words, String event) {
        text.append(words);
        ObjectNode data = place(true).put("delta", words);
        if (open == Kind.MESSAGE) {
            data.putArray("logprobs");
        }
        send(event, data);
    }

    private ObjectNode place(boolean inContent) {
        ObjectNode place = Json.object().put("item_id", itemId()).put("output_index", items);
        return inContent ? place.put("content_index", 0) : place;
    }

    private String itemId() {
        return switch (open) {
            case REASONING -> writer.reasoningId();
            case MESSAGE -> writer.messageId();
            case CALL -> ResponseJsonWriter.itemId(call.id());
            case null -> "";
        };
    }

    private void open(Kind kind) {
        if (open == kind && kind != Kind.CALL) {
            return;
        }
        end(true);
        open = kind;
        ObjectNode item = switch (kind) {
            case REASONING -> writer.reasoning(Optional.empty());
            case MESSAGE -> writer.message(Optional.empty(), true);
            case CALL -> ResponseJsonWriter.call(call, "in_progress");
        };
        ObjectNode added = Json.object().put("output_index", items);
        added.set("item", item);
        send("response.output_item.added", added);
        if (kind == Kind.MESSAGE) {
            ObjectNode part = place(true);
            part.set("part", ResponseJsonWriter.part(""));
            send("response.content_part.added", part);
        }
    }

    /// Ends the item that is open.
    private void end(boolean whole) {
        if (open == null) {
            return;
        }
        String all = text.toString();
        ObjectNode item = switch (open) {
            case REASONING -> {
                send("response.reasoning_text.done", place(true).put("text", all));
                yield writer.reasoning(Optional.of(all));
            }
            case MESSAGE -> {
                ObjectNode done = place(true).put("text", all);
                done.putArray("logprobs");
                send("response.output_text.done", done);
                ObjectNode part = place(true);
                part.set("part", ResponseJsonWriter.part(all));
                send("response.content_part.done", part);
                yield writer.message(Optional.of(all), whole);
            }
            case CALL -> {
                ToolCall complete = new ToolCall(call.id(), call.name(), all);
                send(
                        "response.function_call_arguments.done",
                        place(false).put("name", call.name()).put("arguments", all));
                yield ResponseJsonWriter.call(complete, whole ? "completed" : "incomplete");
            }
        };
        ObjectNode done = Json.object().put("output_index", items);
        done.set("item", item);
        send("response.output_item.done", done);
        text.setLength(0);
        open = null;
        items++;
    }

    @Override
    public void ended(int answer, ChatMessage message, Generation generation) {
        super.ended(answer, message, generation);
        boolean whole = ResponseJsonWriter.isWhole(generation);
        if (items == 0 && open == null) {
            open(Kind.MESSAGE); // an empty answer is one, too
        }
        end(whole);
        send(whole ? "response.completed" : "response.incomplete", with(writer.ended(message, generation)));
    }

    void failed(String message) {
        send("response.failed", with(writer.failed(message)));
    }
}
