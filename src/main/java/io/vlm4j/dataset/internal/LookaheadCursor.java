package io.vlm4j.dataset.internal;

import io.vlm4j.dataset.DatasetCursor;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// Reads one element ahead to know whether there is one, and keeps apart how far it has read and how far it has given.
public abstract non-sealed class LookaheadCursor<T> implements DatasetCursor<T> {
    private @Nullable T ahead;
    private long given;
    private long read;
    private boolean ended;
    private boolean closed;

    LookaheadCursor(long position) {
        given = position;
        read = position;
    }

    /// The next element, or null at the end.
    abstract @Nullable T read();

    /// The position behind what was read last.
    abstract long reached();

    abstract void release();

    @Override
    public final boolean hasNext() {
        requireOpen();
        if (ahead == null && !ended) {
            ahead = read();
            ended = ahead == null;
            read = reached();
        }
        return ahead != null;
    }

    @Override
    public final T next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the dataset ends at position " + given);
        }
        T element = ahead;
        if (element == null) {
            throw new AssertionError("no element in spite of hasNext()");
        }
        ahead = null;
        given = read;
        return element;
    }

    @Override
    public final long position() {
        return given;
    }

    @Override
    public final void close() {
        if (!closed) {
            closed = true;
            ahead = null;
            release();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the cursor is closed");
        }
    }
}
