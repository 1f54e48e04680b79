package io.vlm4j.chat.internal;

import io.vlm4j.prompt.ChatMessage;
import java.util.List;

/// What a conversation is without what was computed of it.
public record Session(List<ChatMessage> transcript, Window window) {
    public Session {
        transcript = List.copyOf(transcript);
    }
}
