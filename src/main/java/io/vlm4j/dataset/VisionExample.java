package io.vlm4j.dataset;

import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Content;
import io.vlm4j.prompt.Role;
import java.util.List;
import java.util.Objects;

/// A conversation about pictures that ends with what the assistant shall say. An immutable value, as far as
/// pictures are.
///
/// @param origin       where it came from
/// @param messages     with pictures at their places in the content; the last is the assistant's
/// @param alternatives other answers that are as right as the last message, for evaluation
public record VisionExample(ExampleOrigin origin, List<ChatMessage> messages, List<String> alternatives) {
    /// @throws IllegalArgumentException when there is no message, or the last is not the assistant's
    public VisionExample {
        Objects.requireNonNull(origin, "origin");
        messages = List.copyOf(messages);
        alternatives = List.copyOf(alternatives);
        if (messages.isEmpty() || messages.getLast().role() != Role.ASSISTANT) {
            throw new IllegalArgumentException("no answer of the assistant at the end");
        }
    }

    public VisionExample(ExampleOrigin origin, List<ChatMessage> messages) {
        this(origin, messages, List.of());
    }

    /// All pictures, in their order.
    public List<ImageInput> images() {
        return messages.stream()
                .flatMap(message -> message.content().stream())
                .filter(Content.Image.class::isInstance)
                .map(part -> ((Content.Image) part).image())
                .toList();
    }

    /// What comes before the answer: all messages but the last.
    public List<ChatMessage> question() {
        return messages.subList(0, messages.size() - 1);
    }

    /// The text of the last message.
    public String answer() {
        return messages.getLast().text();
    }

    /// The same example with other messages.
    ///
    /// @throws IllegalArgumentException as the constructor
    public VisionExample withMessages(List<ChatMessage> newMessages) {
        return new VisionExample(origin, newMessages, alternatives);
    }
}
