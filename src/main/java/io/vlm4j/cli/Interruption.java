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
    private @Nullable Cancellation running;
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
        return working::unlock;
    }

    /// For the next generation; cancelled already when the user wanted to leave before it began.
    synchronized Cancellation newCancellation() {
        Cancellation cancellation = new Cancellation();
        if (requested) {
            cancellation.cancel();
        }
        running = cancellation;
        return cancellation;
    }

    synchronized boolean isRequested() {
        return requested;
    }

    /// Asks the work to end.
    synchronized void request() {
        requested = true;
        if (running != null) {
            running.cancel();
        }
    }

    private void interruptAndWait() {
        try {
            request();
            if (working.tryLock(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                working.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException e) {
            // the generation ended and was closed at this very moment
        }
    }
}
