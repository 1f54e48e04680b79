package io.vlm4j.generation;

import io.vlm4j.generation.internal.GenerationRun;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/// A generation in progress: each event is computed when it is asked for, on the thread that asks.
///
/// - **Owner**: whoever asked for it.
/// - **Threads**: one thread at a time.
/// - **Close**: ends the generation where it is. Needed only when it is left before its last event.
public final class GenerationStream implements Iterator<GenerationEvent>, AutoCloseable {
    private final Iterator<GenerationEvent> run;
    private final Runnable onClose;
    private boolean closed;

    private GenerationStream(Iterator<GenerationEvent> run, Runnable onClose) {
        this.run = run;
        this.onClose = onClose;
    }

    GenerationStream(GenerationRun run, Runnable onClose) {
        this((Iterator<GenerationEvent>) run, () -> {
            try {
                run.close();
            } finally {
                onClose.run();
            }
        });
    }

    /// A generation that happens elsewhere.
    ///
    /// @param events  the last one is [GenerationEvent.Finished]
    /// @param onClose run once: after the last event, after a failure, or when the generation is left before
    public static GenerationStream of(Iterator<GenerationEvent> events, Runnable onClose) {
        return new GenerationStream(events, onClose);
    }

    @Override
    public boolean hasNext() {
        return !closed && run.hasNext();
    }

    /// The next event; the last one is [GenerationEvent.Finished].
    @Override
    public GenerationEvent next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the generation has ended");
        }
        try {
            GenerationEvent event = run.next();
            if (!run.hasNext()) {
                close();
            }
            return event;
        } catch (Throwable t) {
            close();
            throw t;
        }
    }

    /// The events as a stream; closing it closes the generation.
    public Stream<GenerationEvent> events() {
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(this, Spliterator.ORDERED | Spliterator.NONNULL), false)
                .onClose(this::close);
    }

    /// The text as it is written; closing the stream closes the generation.
    public Stream<String> texts() {
        return events().filter(GenerationEvent.Text.class::isInstance)
                .map(event -> ((GenerationEvent.Text) event).text());
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            onClose.run();
        }
    }
}
