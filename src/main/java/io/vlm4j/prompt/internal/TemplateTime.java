package io.vlm4j.prompt.internal;

import io.vlm4j.Vlm4jException.InvalidTemplate;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Gives a template so much time and stack. Native code bounds the steps that one takes while it runs (patch 0011), and
/// a few steps may take long: each may go over texts of 64 MiB.
///
/// A template that takes longer cannot be stopped: its thread goes on until its steps are used up, which keeps it and
/// its model from being closed until then. The caller goes on, too, with an exception.
///
/// Threads are kept for a while: to make and to free their stacks takes longer than most templates do, and freeing one
/// halts all other processors for a moment.
final class TemplateTime {
    /// Templates take milliseconds.
    static final Duration MOST = Duration.ofSeconds(10);

    private static final long STACK = 16 << 20; // templates nest by recursion, more than callers' stacks may hold

    private static final Executor THREADS = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            30,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform()
                    .daemon()
                    .name("vlm4j-template")
                    .stackSize(STACK)
                    .inheritInheritableThreadLocals(false)
                    .factory());

    private TemplateTime() {}

    /// What the work returns or throws.
    ///
    /// @throws InvalidTemplate when it takes longer; what it returns in the end is closed
    static <T extends AutoCloseable> T within(Duration most, Supplier<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        THREADS.execute(() -> {
            try {
                result.complete(work.get());
            } catch (Throwable t) {
                result.completeExceptionally(t);
            }
        });
        return await(most, result);
    }

    private static <T extends AutoCloseable> T await(Duration most, CompletableFuture<T> result) {
        boolean interrupted = false;
        long end = System.nanoTime() + most.toNanos();
        try {
            while (true) {
                try {
                    return result.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true; // rendering is short; whoever interrupts finds out afterwards
                }
            }
        } catch (ExecutionException e) {
            throw rethrown(e.getCause());
        } catch (TimeoutException e) {
            var _ = result.thenAccept(TemplateTime::close);
            throw new InvalidTemplate("the chat template runs longer than " + most.toMillis()
                    + " ms; it loops, or the conversation is too much for it");
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException rethrown(@Nullable Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return failure instanceof RuntimeException exception ? exception : new IllegalStateException(failure);
    }

    private static void close(AutoCloseable late) {
        try {
            late.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
