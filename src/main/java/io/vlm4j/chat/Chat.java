package io.vlm4j.chat;

import io.vlm4j.Vlm4jException;
import io.vlm4j.chat.internal.Rendering;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generator;
import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.ChatJson;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A conversation with a model: a transcript, and turns that add to it.
///
/// {@snippet class="io.vlm4j.snippets.ChatSnippets" region="chat"}
///
/// The transcript is the conversation; the context is only a memory of it. Each turn evaluates what the context does
/// not hold already, be it after an edit, a [#rewind], a [#fork], or another chat over the same context.
///
/// - **Owner**: whoever made it; it owns nothing native and needs no closing.
/// - **Threads**: one thread at a time, together with all that uses the same context.
public final class Chat {
    private final Generator generator;
    private final ChatTemplate template;
    private final ChatOptions options;
    private final Rendering rendering;
    private List<ChatMessage> transcript;
    private int revision; // counts changes of the transcript

    private Chat(Generator generator, ChatTemplate template, ChatOptions options, List<ChatMessage> transcript) {
        this.generator = generator;
        this.template = template;
        this.options = options;
        this.rendering = new Rendering(generator, template, options);
        this.transcript = List.copyOf(transcript);
    }

    /// An empty conversation.
    public static Chat of(Generator generator, ChatTemplate template, ChatOptions options) {
        return new Chat(generator, template, options, List.of());
    }

    /// A conversation that goes on from a transcript.
    public static Chat of(
            Generator generator, ChatTemplate template, ChatOptions options, List<ChatMessage> transcript) {
        return new Chat(generator, template, options, transcript);
    }

    /// All messages so far, oldest first. Immutable.
    public List<ChatMessage> transcript() {
        return transcript;
    }

    /// The transcript as JSON in the shape of OpenAI's chat completions, pictures as data URIs.
    public String toJson() {
        return ChatJson.write(transcript);
    }

    public ChatOptions options() {
        return options;
    }

    /// This conversation from here on with other options.
    public Chat with(ChatOptions other) {
        return new Chat(generator, template, other, transcript);
    }

    /// A second conversation with the same past. What both share is evaluated once as long as they take turns in
    /// whole conversations; going back and forth evaluates the part after the fork again.
    public Chat fork() {
        return new Chat(generator, template, options, transcript);
    }

    /// Forgets everything after the first `messages` messages.
    ///
    /// @throws IllegalArgumentException when there are not so many
    public void rewind(int messages) {
        if (messages < 0 || messages > transcript.size()) {
            throw new IllegalArgumentException("cannot go back to message " + messages + " of " + transcript.size());
        }
        become(transcript.subList(0, messages));
        rendering.rewound(messages);
    }

    /// Tells the model how to behave: sets the system message at the beginning, instead of the one there.
    public void system(String text) {
        List<ChatMessage> changed = new ArrayList<>(transcript);
        if (!changed.isEmpty() && changed.getFirst().role() == Role.SYSTEM) {
            changed.removeFirst();
        }
        changed.addFirst(ChatMessage.system(text));
        become(changed);
    }

    /// Adds a message without an answer to it: a system message, an example, what somebody else said.
    public void add(ChatMessage message) {
        List<ChatMessage> longer = new ArrayList<>(transcript);
        longer.add(message);
        become(longer);
    }

    private void become(List<ChatMessage> messages) {
        transcript = List.copyOf(messages);
        revision++;
    }

    /// Asks, and waits for the answer.
    ///
    /// @throws Vlm4jException.ContextFull when the conversation does not fit and the policy is to fail
    /// @throws Vlm4jException.InvalidMedia when a picture cannot be used
    /// @throws Vlm4jException.InvalidTemplate when the model's template refuses the conversation, such as tools that
    ///     it does not know
    public ChatReply say(String text, ImageInput... images) {
        return say(ChatMessage.user(text, images), event -> {}, new Cancellation());
    }

    /// As [#say(String, ImageInput...)], telling a listener on the way; may be cancelled from any thread. A turn that
    /// fails leaves the transcript as it was; one that is cancelled keeps what was said.
    public ChatReply say(ChatMessage message, Consumer<ChatEvent> listener, Cancellation cancellation) {
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
    public ChatStream stream(String text, ImageInput... images) {
        return stream(ChatMessage.user(text, images), new Cancellation());
    }

    public ChatStream stream(ChatMessage message, Cancellation cancellation) {
        List<ChatMessage> asked = new ArrayList<>(transcript);
        asked.add(message);
        int before = revision;
        return new ChatStream(rendering.turn(List.copyOf(asked), cancellation, reply -> {
            if (revision != before) {
                throw new IllegalStateException("the conversation was changed while a turn was being answered");
            }
            asked.addAll(reply.added());
            become(asked);
        }));
    }
}
