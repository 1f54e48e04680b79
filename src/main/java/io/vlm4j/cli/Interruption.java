package io.vlm4j.cli;

import io.vlm4j.generation.Cancellation;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// How Ctrl-C reaches the work: the generation under way is cancelled, loading ends, and the process waits a little for
/// the thread that does it, so that no native memory is torn down under its feet and no text is lost. The exit code 130
/// (143 after SIGTERM) is the JVM's own.
///
/// Thread-safe; the working thread and the one of the signal meet here.
final class Interruption {
    /// Longer than a token takes; encoding a picture cannot be stopped, and nobody waits for that to end.
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final ReentrantLock working = new ReentrantLock();
    private @Nullable Runnable stop;
    private boolean requested;

    /// Work that should come to an orderly end.
    interface Work extends AutoCloseable {
        @Override
        void close();
    }

    /// An interruption that the JVM's end triggers, be it by a signal.
    static Interruption ofProcess() {
        Interruption interruption = new Interruption();
        Runtime.getRuntime().addShutdownHook(new Thread(interruption::interruptAndWait, "vlm4j-interruption"));
        return interruption;
    }

    /// Begins work on the calling thread, which ends it by closing.
    Work begin() {
        working.lock();
        return this::end;
    }

    private void end() {
        synchronized (this) {
            stop = null;
        }
        working.unlock();
    }

    /// For the next generation; cancelled already when the user wanted to leave before it began.
    Cancellation newCancellation() {
        Cancellation cancellation = new Cancellation();
        onRequest(cancellation::cancel);
        return cancellation;
    }

    /// Sets what stops the work under way, instead of what was set before; runs it when the user wanted to leave
    /// already.
    synchronized void onRequest(Runnable action) {
        stop = action;
        if (requested) {
            action.run();
        }
    }

    synchronized boolean isRequested() {
        return requested;
    }

    /// Asks the work to end.
    synchronized void request() {
        requested = true;
        if (stop != null) {
            stop.run();
        }
    }

    /// Stops the work under way, and nothing that comes after it: what Ctrl-C means in a conversation.
    synchronized void stopWork() {
        if (stop != null) {
            stop.run();
        }
    }

    private void interruptAndWait() {
        try {
            request();
        } catch (IllegalStateException e) {
            // what should be stopped was closed at this very moment
        }
        try {
            if (working.tryLock(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                working.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
