package io.vlm4j.scheduling.internal;

import io.vlm4j.model.internal.MediaEmbeddings;
import io.vlm4j.natives.shim.ThreadPools;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The thread that encodes pictures, beside the one that evaluates: those of several requests in one pass where the
/// projector can, and none twice.
final class MediaEncoder implements AutoCloseable {
    /// Most pictures in a pass; projectors take so many tokens that this is rarely reached.
    private static final int TOGETHER = 8;

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
        ThreadPools.yields(); // tokens of others come first
        for (List<Medium> media = next(); !media.isEmpty(); media = next()) {
            encode(media);
        }
    }

    /// Waits for media that are still wanted, of different contents; none at the end.
    private List<Medium> next() {
        List<Medium> taken = new ArrayList<>();
        Set<String> contents = new HashSet<>();
        lock.lock();
        try {
            while (!closed) {
                for (Iterator<Medium> all = queue.iterator(); all.hasNext() && taken.size() < TOGETHER; ) {
                    Medium medium = all.next();
                    if (contents.contains(medium.chunk().contentId())) {
                        continue; // found in the cache afterwards
                    }
                    all.remove();
                    if (medium.take()) {
                        contents.add(medium.chunk().contentId());
                        taken.add(medium);
                    }
                }
                if (!taken.isEmpty()) {
                    return taken;
                }
                arrived.awaitUninterruptibly();
            }
            return List.of();
        } finally {
            lock.unlock();
        }
    }

    private void encode(List<Medium> media) {
        Medium first = media.getFirst();
        long start = System.nanoTime();
        List<Optional<MediaEmbeddings>> results;
        try {
            results = first.projector()
                    .encodeTogether(
                            media.stream().map(Medium::prepared).toList(),
                            media.stream()
                                    .map(medium -> medium.chunk().contentId())
                                    .toList());
        } catch (RuntimeException e) {
            failed(media, e);
            return;
        } catch (Error e) {
            failed(media, new IllegalStateException("cannot encode a picture: " + e, e));
            return;
        }
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        List<Medium> again = new ArrayList<>();
        for (int i = 0; i < media.size(); i++) {
            Medium medium = media.get(i);
            results.get(i)
                    .ifPresentOrElse(embeddings -> outcome.encoded(medium, embeddings, time), () -> again.add(medium));
        }
        putBack(again);
    }

    /// One of them may be why; the others are tried by themselves.
    private void failed(List<Medium> media, RuntimeException failure) {
        if (media.size() == 1) {
            outcome.failed(media.getFirst(), failure);
        } else {
            media.forEach(medium -> encode(List.of(medium)));
        }
    }

    private void putBack(List<Medium> media) {
        lock.lock();
        try {
            for (Medium medium : media.reversed()) {
                medium.putBack();
                queue.addFirst(medium);
            }
        } finally {
            lock.unlock();
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
