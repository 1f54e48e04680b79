package io.vlm4j.prompt;

import io.vlm4j.media.Media;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/// One message of a conversation: who speaks, and text, pictures and sounds in the order in which the model shall
/// see them. An immutable value.
///
/// @param reasoning  what the assistant thought before it answered
/// @param toolCalls  what the assistant wants done
/// @param toolCallId the call that a tool's message is the result of
/// @param name       of the tool that a tool's message comes from
public record ChatMessage(
        Role role,
        List<Content> content,
        Optional<String> reasoning,
        List<ToolCall> toolCalls,
        Optional<String> toolCallId,
        Optional<String> name) {
    public ChatMessage {
        Objects.requireNonNull(role, "role");
        content = List.copyOf(content);
        toolCalls = List.copyOf(toolCalls);
        if (role != Role.ASSISTANT && (reasoning.isPresent() || !toolCalls.isEmpty())) {
            throw new IllegalArgumentException("only an assistant thinks and calls tools, not role " + role);
        }
        if (role != Role.TOOL && toolCallId.isPresent()) {
            throw new IllegalArgumentException("only a tool's message answers a call, not role " + role);
        }
    }

    public ChatMessage(Role role, List<Content> content) {
        this(role, content, Optional.empty(), List.of(), Optional.empty(), Optional.empty());
    }

    public static ChatMessage system(String text) {
        return new ChatMessage(Role.SYSTEM, List.of(new Content.Text(text)));
    }

    public static ChatMessage user(String text) {
        return new ChatMessage(Role.USER, List.of(new Content.Text(text)));
    }

    /// The usual question about pictures or sounds: these first, then the text.
    public static ChatMessage user(String text, Media... media) {
        List<Content> content = new ArrayList<>();
        for (Media part : media) {
            content.add(Content.of(part));
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

    /// An assistant's message with all that may be in one.
    ///
    /// @param text      may be empty when there are calls
    /// @param reasoning empty for none
    public static ChatMessage assistant(String text, String reasoning, List<ToolCall> toolCalls) {
        return new ChatMessage(
                Role.ASSISTANT,
                text.isEmpty() ? List.of() : List.of(new Content.Text(text)),
                Optional.of(reasoning).filter(thought -> !thought.isEmpty()),
                toolCalls,
                Optional.empty(),
                Optional.empty());
    }

    /// What a tool found.
    public static ChatMessage tool(String toolCallId, String name, String result) {
        return new ChatMessage(
                Role.TOOL,
                List.of(new Content.Text(result)),
                Optional.empty(),
                List.of(),
                Optional.of(toolCallId),
                Optional.of(name));
    }

    /// All texts in it, one after the other.
    public String text() {
        return content.stream()
                .filter(Content.Text.class::isInstance)
                .map(part -> ((Content.Text) part).text())
                .collect(Collectors.joining());
    }

    /// The same message with this text as its content.
    public ChatMessage withText(String text) {
        return new ChatMessage(
                role,
                text.isEmpty() ? List.of() : List.of(new Content.Text(text)),
                reasoning,
                toolCalls,
                toolCallId,
                name);
    }
}
