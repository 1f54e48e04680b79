package io.vlm4j.server.internal;

import io.vlm4j.prompt.AnswerEvent;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ToolCall;
import java.util.ArrayList;
import java.util.List;

/// The ids of one answer's calls. Most formats have none, and the parser then makes up others each time it reads; a
/// client must hear the same ones at the beginning and at the end.
final class CallIds {
    private final List<String> ids = new ArrayList<>();

    AnswerEvent complete(AnswerEvent event) {
        return event instanceof AnswerEvent.ToolCallStarted started
                ? new AnswerEvent.ToolCallStarted(started.index(), id(started.index(), started.id()), started.name())
                : event;
    }

    ChatMessage complete(ChatMessage message) {
        if (message.toolCalls().isEmpty()) {
            return message;
        }
        List<ToolCall> calls = new ArrayList<>();
        for (ToolCall call : message.toolCalls()) {
            calls.add(new ToolCall(id(calls.size(), call.id()), call.name(), call.arguments()));
        }
        return ChatMessage.assistant(message.text(), message.reasoning().orElse(""), calls);
    }

    private String id(int index, String given) {
        while (ids.size() <= index) {
            ids.add(given.isEmpty() ? RandomId.of("call_") : given);
        }
        return ids.get(index);
    }
}
