package io.vlm4j.isolation.internal;

import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationListener;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Prompt;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The events of a generation in the worker, which begins when the first is asked for.
public final class RemoteEvents implements Iterator<GenerationEvent> {
    private final Connection connection;
    private final FrameKind kind;
    private final Connection.Content content;
    private final Cancellation cancellation;
    private @Nullable RemoteCall call;
    private boolean finished;

    private RemoteEvents(Connection connection, FrameKind kind, Connection.Content content, Cancellation cancellation) {
        this.connection = connection;
        this.kind = kind;
        this.content = content;
        this.cancellation = cancellation;
    }

    /// An answer to a conversation.
    ///
    /// @throws IllegalArgumentException when an option cannot cross
    public static RemoteEvents ask(
            Connection connection,
            List<ChatMessage> conversation,
            GenerationOptions options,
            Cancellation cancellation,
            boolean events) {
        Wire.check(options);
        return new RemoteEvents(
                connection,
                FrameKind.ASK,
                (worker, blobs) -> new Requests.Ask(WireMessage.all(conversation, blobs), options, events),
                cancellation);
    }

    /// What continues a prompt.
    ///
    /// @throws IllegalArgumentException when an option cannot cross
    public static RemoteEvents complete(
            Connection connection,
            Prompt prompt,
            GenerationOptions options,
            Cancellation cancellation,
            boolean events) {
        Wire.check(options);
        return new RemoteEvents(
                connection,
                FrameKind.COMPLETE,
                (worker, blobs) -> new Requests.Complete(WireMessage.WirePrompt.of(prompt, blobs), options, events),
                cancellation);
    }

    public GenerationStream stream() {
        return GenerationStream.of(this, this::close);
    }

    /// Reads to the end.
    public Generation generation(GenerationListener listener) {
        try (GenerationStream stream = stream()) {
            while (true) {
                GenerationEvent event = stream.next();
                listener.onEvent(event);
                if (event instanceof GenerationEvent.Finished end) {
                    return end.generation();
                }
            }
        }
    }

    @Override
    public boolean hasNext() {
        return !finished;
    }

    @Override
    public GenerationEvent next() {
        RemoteCall running = call;
        if (running == null) {
            running = connection.begin(kind, content, cancellation);
            call = running;
        }
        Frame frame = running.next();
        return switch (frame.kind()) {
            case TEXT -> TextFrame.read(frame.body());
            case GENERATION_EVENT ->
                Wire.read(frame.body(), Requests.Event.class).event();
            case RESULT -> {
                finished = true;
                yield new GenerationEvent.Finished(Wire.read(frame.body(), Generation.class));
            }
            default -> throw new IllegalStateException("a generation has no " + frame.kind());
        };
    }

    private void close() {
        if (call != null) {
            call.close();
        }
    }
}
