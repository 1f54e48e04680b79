package io.vlm4j.chat;

import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.prompt.ChatMessage;
import java.util.List;

/// The answer to a turn.
///
/// @param message    the model's last message
/// @param added      all messages that the turn added after the user's: calls, their results, the answer
/// @param generation of the last message; of earlier rounds with tools in `rounds`
/// @param rounds     every generation of the turn, in order
public record ChatReply(ChatMessage message, List<ChatMessage> added, Generation generation, List<Generation> rounds) {
    public ChatReply {
        added = List.copyOf(added);
        rounds = List.copyOf(rounds);
    }

    /// The answer's text, without reasoning.
    public String text() {
        return message.text();
    }

    public FinishReason finishReason() {
        return generation.finishReason();
    }
}
