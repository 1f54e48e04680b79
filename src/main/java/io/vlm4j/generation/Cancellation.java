package io.vlm4j.generation;

import org.jspecify.annotations.Nullable;

/// A handle to end a generation early: at the next token, and in the middle of a prompt that is being evaluated.
/// The generation then finishes as [FinishReason#CANCELLED]. Thread-safe; one for each generation.
public final class Cancellation {
    private volatile boolean cancelled;
    private @Nullable Runnable interrupt; // guarded by this

    public Cancellation() {}

    /// Asks for the end; may be called before the generation begins, again, and by any thread.
    public synchronized void cancel() {
        cancelled = true;
        if (interrupt != null) {
            interrupt.run();
        }
    }

    public boolean isCancelled() {
        return cancelled;
    }

    /// Sets what interrupts the work under way, or nothing when none is. For whoever does that work, not for who may
    /// cancel it.
    public synchronized void onCancel(@Nullable Runnable newInterrupt) {
        interrupt = newInterrupt;
    }
}
