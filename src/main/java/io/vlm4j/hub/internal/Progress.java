package io.vlm4j.hub.internal;

import io.vlm4j.hub.PushEvent;
import io.vlm4j.hub.PushListener;
import java.util.concurrent.atomic.AtomicLong;

/// What has been sent, and who is told of it. Thread-safe; the listener is called by one thread at a time.
final class Progress {
    private final PushListener listener;
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong total = new AtomicLong();
    private long told = -1;

    Progress(PushListener listener) {
        this.listener = listener;
    }

    synchronized void tell(PushEvent event) {
        listener.onEvent(event);
    }

    /// Bytes are about to be sent, or wait for it no more.
    void expect(long bytes) {
        total.addAndGet(bytes);
    }

    /// Bytes were sent; fewer than none when they have to be sent again.
    void moved(long bytes) {
        done.addAndGet(bytes);
        if (bytes > 0) {
            sent.addAndGet(bytes);
        }
    }

    /// Bytes were there already.
    void skipped(long bytes) {
        done.addAndGet(bytes);
    }

    /// Tells of what has changed since the last time.
    synchronized void tell() {
        long now = done.get();
        if (now != told && total.get() > 0) {
            told = now;
            listener.onEvent(new PushEvent.Sending(now, total.get()));
        }
    }

    long sent() {
        return sent.get();
    }
}
