package io.vlm4j.hub.internal;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/// How much of a request's content has moved, which shows whether it still does. Thread-safe.
final class Moved {
    private final @Nullable Progress progress;
    private long bytes;
    private boolean withdrawn;

    /// @param progress is told as well, if this content is part of it
    Moved(@Nullable Progress progress) {
        this.progress = progress;
    }

    synchronized long bytes() {
        return bytes;
    }

    private synchronized void add(long count) {
        if (!withdrawn) {
            bytes += count;
            if (progress != null) {
                progress.moved(count);
            }
        }
    }

    /// The request failed: what moved has to be sent again. Threads that still read count no more.
    synchronized void withdraw() {
        if (!withdrawn && progress != null) {
            progress.moved(-bytes);
        }
        withdrawn = true;
    }

    InputStream counting(InputStream content) {
        return new FilterInputStream(content) {
            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                int count = super.read(target, offset, length);
                add(Math.max(0, count));
                return count;
            }
        };
    }
}
