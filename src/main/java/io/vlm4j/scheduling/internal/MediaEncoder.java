package io.vlm4j.scheduling.internal;

import io.vlm4j.model.internal.MediaEmbeddings;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The thread that encodes pictures, beside the one that evaluates.
final class MediaEncoder implements AutoCloseable {
    /// What becomes of a medium. Told by the encoder's thread; whoever is told has the embeddings to close.
    interface Outcome {
        void encoded(Medium medium, MediaEmbeddings embeddings, Duration time);

        void failed(Medium medium, RuntimeException failure);
    }

    private final Outcome outcome;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Deque<Medium> queue = new ArrayDeque<>(); // guarded by the lock
    private boolean closed; // guarded by the lock
    private final Thread thread =
            Thread.ofPlatform().name("vlm4j-encoder").daemon().unstarted(this::work);

    MediaEncoder(Outcome outcome) {
        this.outcome = outcome;
    }

    void start() {
        thread.start();
    }

    void add(Medium medium) {
        lock.lock();
        try {
            queue.add(medium);
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        for (Medium medium = next(); medium != null; medium = next()) {
            encode(medium);
        }
    }

    /// Waits for a medium that is still wanted; `null` at the end.
    private @Nullable Medium next() {
        lock.lock();
        try {
            while (!closed) {
                Medium medium = queue.poll();
                if (medium == null) {
                    arrived.awaitUninterruptibly();
                } else if (medium.take()) {
                    return medium;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void encode(Medium medium) {
        long start = System.nanoTime();
        @Nullable MediaEmbeddings embeddings = null;
        try {
            embeddings = medium.projector()
                    .encode(medium.nativeChunk(), medium.chunk().contentId());
        } catch (RuntimeException e) {
            outcome.failed(medium, e);
        } catch (Error e) {
            outcome.failed(medium, new IllegalStateException("cannot encode a picture: " + e, e));
        }
        if (embeddings != null) {
            outcome.encoded(medium, embeddings, Duration.ofNanos(System.nanoTime() - start));
        }
    }

    /// Waits for the encoding under way.
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            arrived.signal();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
