package io.vlm4j.generation;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A handle to end a generation early: at the next token, and in the middle of a prompt that is being evaluated.
/// The generation then finishes as [FinishReason#CANCELLED]. Thread-safe; one for each generation.
public final class Cancellation {
    private static final Runnable CANCELLED = () -> {};

    private final AtomicReference<@Nullable Runnable> state = new AtomicReference<>();

    public Cancellation() {}

    /// Asks for the end; may be called before the generation begins, again, and by any thread.
    public void cancel() {
        Runnable interrupt = state.getAndSet(CANCELLED);
        if (interrupt != null) {
            interrupt.run();
        }
    }

    public boolean isCancelled() {
        return state.get() == CANCELLED;
    }

    /// Sets what interrupts the native work under way, or nothing.
    void onCancel(@Nullable Runnable interrupt) {
        state.updateAndGet(current -> current == CANCELLED ? CANCELLED : interrupt);
    }
}
