package io.vlm4j.chat;

import io.vlm4j.chat.internal.Turn;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/// A turn that is answered as its events are pulled, on the thread that pulls.
///
/// - **Owner**: whoever asked for it.
/// - **Threads**: one thread at a time.
/// - **Close**: leaves the turn where it is, and the transcript as it was before it. Needed only when it is left before
///   its last event.
public final class ChatStream implements Iterator<ChatEvent>, AutoCloseable {
    private final Iterator<ChatEvent> turn;
    private final Runnable onClose;
    private boolean closed;

    private ChatStream(Iterator<ChatEvent> turn, Runnable onClose) {
        this.turn = turn;
        this.onClose = onClose;
    }

    ChatStream(Turn turn) {
        this(turn, turn::close);
    }

    /// A turn that is answered elsewhere.
    ///
    /// @param events  the last one is [ChatEvent.Replied]
    /// @param onClose run once: after the last event, after a failure, or when the turn is left before
    public static ChatStream of(Iterator<ChatEvent> events, Runnable onClose) {
        return new ChatStream(events, onClose);
    }

    @Override
    public boolean hasNext() {
        return !closed && turn.hasNext();
    }

    /// The next event; the last one is [ChatEvent.Replied].
    @Override
    public ChatEvent next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the turn has ended");
        }
        try {
            ChatEvent event = turn.next();
            if (!turn.hasNext()) {
                close();
            }
            return event;
        } catch (Throwable t) {
            close();
            throw t;
        }
    }

    /// The events as a stream; closing it closes the turn.
    public Stream<ChatEvent> events() {
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(this, Spliterator.ORDERED | Spliterator.NONNULL), false)
                .onClose(this::close);
    }

    /// The answer's text as it is written, without reasoning; closing the stream closes the turn.
    public Stream<String> texts() {
        return events().filter(ChatEvent.Text.class::isInstance).map(event -> ((ChatEvent.Text) event).text());
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            onClose.run();
        }
    }
}
