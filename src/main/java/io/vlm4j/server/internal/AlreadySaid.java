package io.vlm4j.server.internal;

import io.vlm4j.prompt.AnswerEvent;
import io.vlm4j.prompt.ChatMessage;
import java.util.List;
import java.util.Optional;

/// What an assistant's message began with that is gone on with. The parser reads it as a part of the answer; a client
/// has it already. One answer, one thread at a time.
final class AlreadySaid {
    private final String text;
    private final String reasoning;
    private int textLeft;
    private int reasoningLeft;

    AlreadySaid(String text, String reasoning) {
        this.text = text;
        this.reasoning = reasoning;
        this.textLeft = text.length();
        this.reasoningLeft = reasoning.length();
    }

    /// What of an event is new; empty for nothing.
    Optional<AnswerEvent> cut(AnswerEvent event) {
        return switch (event) {
            case AnswerEvent.ContentDelta more -> {
                int known = Math.min(textLeft, more.text().length());
                textLeft -= known;
                yield some(more.text().substring(known)).map(AnswerEvent.ContentDelta::new);
            }
            case AnswerEvent.ReasoningDelta more -> {
                int known = Math.min(reasoningLeft, more.text().length());
                reasoningLeft -= known;
                yield some(more.text().substring(known)).map(AnswerEvent.ReasoningDelta::new);
            }
            default -> Optional.of(event);
        };
    }

    private static Optional<String> some(String rest) {
        return Optional.of(rest).filter(left -> !left.isEmpty());
    }

    ChatMessage cut(ChatMessage message) {
        if (text.isEmpty() && reasoning.isEmpty()) {
            return message;
        }
        return ChatMessage.assistant(
                without(text, message.text()),
                without(reasoning, message.reasoning().orElse("")),
                List.copyOf(message.toolCalls()));
    }

    private static String without(String beginning, String whole) {
        return whole.startsWith(beginning) ? whole.substring(beginning.length()) : whole;
    }
}
