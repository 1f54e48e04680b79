package io.vlm4j.chat;

import io.vlm4j.Vlm4jException;
import io.vlm4j.chat.internal.Rendering;
import io.vlm4j.chat.internal.Session;
import io.vlm4j.chat.internal.SessionFile;
import io.vlm4j.chat.internal.Window;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.ContextSnapshot;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.Role;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// A conversation with a model: a transcript, and turns that add to it.
///
/// {@snippet class="io.vlm4j.snippets.ChatSnippets" region="chat"}
///
/// The transcript is the conversation; the context is only a memory of it. Each turn evaluates what the context does
/// not hold already, be it after an edit, a [#rewind], a [#fork], or another chat over the same context.
///
/// {@snippet class="io.vlm4j.snippets.ChatSnippets" region="branch"}
///
/// - **Owner**: whoever made it; it owns nothing native and needs no closing.
/// - **Threads**: one thread at a time, together with all that uses the same context. Of two turns at once one fails
///   with an [IllegalStateException]: the second, or the first when the second has taken the context over between two
///   of its tokens.
public final class Chat implements Conversation {
    private final Generator generator;
    private final ChatTemplate template;
    private final ChatOptions options;
    private final Window window;
    private final Rendering rendering;
    private List<ChatMessage> transcript;
    private int revision; // counts changes of the transcript

    private Chat(
            Generator generator,
            ChatTemplate template,
            ChatOptions options,
            List<ChatMessage> transcript,
            Window window) {
        this.generator = generator;
        this.template = template;
        this.options = Objects.requireNonNull(options, "options");
        this.window = window;
        this.rendering = new Rendering(generator, template, options, window);
        this.transcript = List.copyOf(transcript);
    }

    /// An empty conversation.
    public static Chat of(Generator generator, ChatTemplate template, ChatOptions options) {
        return of(generator, template, options, List.of());
    }

    /// A conversation that goes on from a transcript.
    public static Chat of(
            Generator generator, ChatTemplate template, ChatOptions options, List<ChatMessage> transcript) {
        return new Chat(generator, template, options, transcript, new Window(Instant.now()));
    }

    /// Opens a conversation that was [saved][#save]. Its media come along, and what was computed of them and of the
    /// text, as far as this context can take it over and the options name the same adapters; nothing is encoded or
    /// evaluated again.
    ///
    /// @throws Vlm4jException.InvalidFile when the file is missing, damaged, of another kind or version, or of a
    ///     conversation with another model or projector
    public static Chat load(Path file, Generator generator, ChatTemplate template, ChatOptions options) {
        Session session = SessionFile.read(file, generator, options.adapters());
        return new Chat(generator, template, options, session.transcript(), session.window());
    }

    @Override
    public void save(Path file) {
        try (ContextSnapshot snapshot = snapshot()) {
            SessionFile.write(file, new Session(transcript, window), generator, snapshot);
        }
    }

    /// The conversation as it is now with all that was computed of it, to come back to.
    public ChatCheckpoint checkpoint() {
        return new ChatCheckpoint(transcript, window.copy(), snapshot());
    }

    private ContextSnapshot snapshot() {
        try {
            if (transcript.isEmpty()) {
                generator.context().clear();
            } else {
                rendering.evaluate(transcript);
            }
        } catch (Vlm4jException.ContextFull e) {
            generator.context().clear(); // the words are worth keeping all the same
        }
        return generator.context().snapshot();
    }

    /// Goes back to a checkpoint of this conversation, or over to one of a fork of it, at the cost of a copy.
    ///
    /// @throws IllegalArgumentException when it is of a conversation with another model
    /// @throws IllegalStateException when it is closed
    public void rewind(ChatCheckpoint checkpoint) {
        generator.context().restore(checkpoint.snapshot());
        become(checkpoint.transcript());
        window.become(checkpoint.window());
    }

    @Override
    public List<ChatMessage> transcript() {
        return transcript;
    }

    @Override
    public ChatOptions options() {
        return options;
    }

    @Override
    public Chat with(ChatOptions other) {
        return new Chat(generator, template, other, transcript, window.copy());
    }

    /// A second conversation with the same past. What both share is evaluated once; going back and forth evaluates
    /// what was said after the fork again. A [#checkpoint] saves that too.
    @Override
    public Chat fork() {
        return new Chat(generator, template, options, transcript, window.copy());
    }

    @Override
    public void rewind(int messages) {
        if (messages < 0 || messages > transcript.size()) {
            throw new IllegalArgumentException("cannot go back to message " + messages + " of " + transcript.size());
        }
        become(transcript.subList(0, messages));
        window.changed(messages);
    }

    @Override
    public void system(String text) {
        List<ChatMessage> changed = new ArrayList<>(transcript);
        if (!changed.isEmpty() && changed.getFirst().role() == Role.SYSTEM) {
            changed.removeFirst();
        }
        changed.addFirst(ChatMessage.system(text));
        window.changed(0);
        become(changed);
    }

    @Override
    public void add(ChatMessage message) {
        Objects.requireNonNull(message, "message");
        List<ChatMessage> longer = new ArrayList<>(transcript);
        longer.add(message);
        become(longer);
    }

    private void become(List<ChatMessage> messages) {
        transcript = List.copyOf(messages);
        revision++;
    }

    @Override
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
