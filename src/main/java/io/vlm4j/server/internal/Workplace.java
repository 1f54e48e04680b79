package io.vlm4j.server.internal;

import io.vlm4j.Vlm4jException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// One thread for native work that is not the scheduler's and is done one at a time: embeddings, attention. A virtual
/// thread that did it itself would hold a thread that others need.
public final class Workplace implements AutoCloseable {
    private static final int QUEUE = 256;

    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
            0,
            1,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(QUEUE),
            Thread.ofPlatform().name("vlm4j-server-work").daemon().factory());

    /// Waits until it is done.
    ///
    /// @throws Vlm4jException.Overloaded when too much waits already
    public <T> T run(Supplier<T> work) {
        try {
            return CompletableFuture.supplyAsync(work, thread).join();
        } catch (RejectedExecutionException e) {
            throw new Vlm4jException.Overloaded(QUEUE + " requests wait already");
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    /// Waits for what is being done, and does nothing of what waits.
    @Override
    public void close() {
        thread.shutdownNow();
        try {
            thread.awaitTermination(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
