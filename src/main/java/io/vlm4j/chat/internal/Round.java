package io.vlm4j.chat.internal;

import io.vlm4j.chat.ChatEvent;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.prompt.AnswerEvent;
import io.vlm4j.prompt.AnswerReader;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.RenderedChat;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/// One generation of a turn: tokens become text, text becomes reasoning, answer and calls.
final class Round implements AutoCloseable {
    private final RenderedChat rendered;
    private final GenerationStream stream;
    private final AnswerReader reader;
    private final boolean trimLeadingSpace;
    private boolean trimming;
    private @Nullable ChatMessage message;
    private @Nullable Generation generation;

    Round(RenderedChat rendered, GenerationStream stream, boolean trimLeadingSpace) {
        this.rendered = rendered;
        this.stream = stream;
        this.reader = new AnswerReader(rendered);
        this.trimLeadingSpace = trimLeadingSpace;
        this.trimming = trimLeadingSpace;
    }

    boolean isFinished() {
        return generation != null;
    }

    /// The model's message, once finished.
    ChatMessage message() {
        return Objects.requireNonNull(message, "the round has not finished");
    }

    Generation generation() {
        return Objects.requireNonNull(generation, "the round has not finished");
    }

    /// Does the next step; what can be told of it goes into `events`, which may stay empty.
    void advance(Queue<ChatEvent> events) {
        switch (stream.next()) {
            case GenerationEvent.Text text -> tell(reader.add(text.text()), events);
            case GenerationEvent.Finished finished -> {
                tell(reader.end(), events);
                generation = finished.generation();
            }
            case GenerationEvent other -> events.add(new ChatEvent.Progress(other));
        }
    }

    private void tell(List<AnswerEvent> read, Queue<ChatEvent> events) {
        for (AnswerEvent event : read) {
            switch (event) {
                case AnswerEvent.ReasoningDelta reasoning -> events.add(new ChatEvent.Reasoning(reasoning.text()));
                case AnswerEvent.ContentDelta content -> text(content.text(), events);
                case AnswerEvent.Finished finished -> message = trimmed(finished.message());
                case AnswerEvent other -> {
                    // calls are told when they are made, with their results
                }
            }
        }
    }

    private void text(String text, Queue<ChatEvent> events) {
        String shown = text;
        if (trimming) {
            shown = text.stripLeading();
            trimming = shown.isEmpty();
        }
        if (!shown.isEmpty()) {
            events.add(new ChatEvent.Text(shown));
        }
    }

    private ChatMessage trimmed(ChatMessage answer) {
        return trimLeadingSpace ? answer.withText(answer.text().stripLeading()) : answer;
    }

    @Override
    public void close() {
        try {
            stream.close();
        } finally {
            rendered.close();
        }
    }
}
