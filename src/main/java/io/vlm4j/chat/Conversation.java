package io.vlm4j.chat;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.media.Media;
import io.vlm4j.prompt.ChatJson;
import io.vlm4j.prompt.ChatMessage;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/// A conversation with a model, wherever that runs: a transcript, and turns that add to it. A [Chat] is one with a
/// model in this process.
///
/// - **Owner**: whoever made it; it needs no closing.
/// - **Threads**: one thread at a time, together with all that uses the same model.
public interface Conversation {
    /// All messages so far, oldest first. Immutable.
    List<ChatMessage> transcript();

    /// The transcript as JSON in the shape of OpenAI's chat completions, pictures and sounds within it.
    default String toJson() {
        return ChatJson.write(transcript());
    }

    ChatOptions options();

    /// This conversation from here on with other options.
    Conversation with(ChatOptions other);

    /// A second conversation with the same past. What both share is evaluated once; going back and forth evaluates
    /// what was said after the fork again.
    Conversation fork();

    /// Forgets everything after the first `messages` messages.
    ///
    /// @throws IllegalArgumentException when there are not so many
    void rewind(int messages);

    /// Tells the model how to behave: sets the system message at the beginning, instead of the one there.
    void system(String text);

    /// Adds a message without an answer to it: a system message, an example, what somebody else said.
    void add(ChatMessage message);

    /// Saves the conversation and what was computed of it, so that it goes on in another process where it was. The file
    /// holds text and media as they are, not encrypted. It replaces one that is there, at once: whatever happens
    /// meanwhile, the path shows the old file or the new one.
    ///
    /// @throws java.io.UncheckedIOException when it cannot be written
    void save(Path file);

    /// Asks, and waits for the answer.
    ///
    /// @throws Vlm4jException.ContextFull when the conversation does not fit and the policy is to fail
    /// @throws Vlm4jException.InvalidMedia when a picture or a sound cannot be used
    /// @throws Vlm4jException.InvalidTemplate when the model's template refuses the conversation, such as tools that
    ///     it does not know
    default ChatReply say(String text, Media... media) {
        return say(ChatMessage.user(text, media), event -> {}, new Cancellation());
    }

    /// As [#say(String, Media...)], telling a listener on the way; may be cancelled from any thread. A turn that
    /// fails leaves the transcript as it was; one that is cancelled keeps what was said.
    default ChatReply say(ChatMessage message, Consumer<ChatEvent> listener, Cancellation cancellation) {
        try (ChatStream stream = stream(message, cancellation)) {
            while (true) {
                ChatEvent event = stream.next();
                listener.accept(event);
                if (event instanceof ChatEvent.Replied replied) {
                    return replied.reply();
                }
            }
        }
    }

    /// An answer that is written as it is read. The transcript grows when the last event is there.
    default ChatStream stream(String text, Media... media) {
        return stream(ChatMessage.user(text, media), new Cancellation());
    }

    ChatStream stream(ChatMessage message, Cancellation cancellation);
}
