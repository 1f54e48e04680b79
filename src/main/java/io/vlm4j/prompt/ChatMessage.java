package io.vlm4j.prompt;

import io.vlm4j.media.ImageInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// One message of a conversation: who speaks, and text and pictures in the order in which the model shall see them.
public record ChatMessage(Role role, List<Content> content) {
    public ChatMessage {
        Objects.requireNonNull(role, "role");
        content = List.copyOf(content);
    }

    public static ChatMessage system(String text) {
        return new ChatMessage(Role.SYSTEM, List.of(new Content.Text(text)));
    }

    public static ChatMessage user(String text) {
        return new ChatMessage(Role.USER, List.of(new Content.Text(text)));
    }

    /// The usual question about pictures: the pictures first, then the text.
    public static ChatMessage user(String text, ImageInput... images) {
        List<Content> content = new ArrayList<>();
        for (ImageInput image : images) {
            content.add(new Content.Image(image));
        }
        content.add(new Content.Text(text));
        return new ChatMessage(Role.USER, content);
    }

    public static ChatMessage user(Content... content) {
        return new ChatMessage(Role.USER, List.of(content));
    }

    public static ChatMessage assistant(String text) {
        return new ChatMessage(Role.ASSISTANT, List.of(new Content.Text(text)));
    }
}
