package io.vlm4j.natives.ffi;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Carries what Java code threw inside a callback across the native frames above it, which no exception may cross.
///
/// One instance belongs to one native call (or one handle that is used by one thread at a time). Not thread-safe.
public final class Callbacks {
    private @Nullable Throwable thrown;

    /// Runs `work` inside an upcall. Whatever it throws is kept, and the answer is then `failure`.
    public boolean answer(boolean failure, BooleanSupplier work) {
        try {
            return work.getAsBoolean();
        } catch (Throwable t) { // an Error must not cross native frames either: the JVM would end
            keep(t);
            return failure;
        }
    }

    /// Runs `work` inside an upcall; whatever it throws is kept.
    public void run(Runnable work) {
        try {
            work.run();
        } catch (Throwable t) {
            keep(t);
        }
    }

    private void keep(Throwable t) {
        if (thrown == null) { // the first failure is the cause of those that follow
            thrown = t;
        }
    }

    /// Whether a callback has failed since the last [#rethrow()].
    public boolean hasFailed() {
        return thrown != null;
    }

    /// Called after the native call returned: throws what a callback threw, if any did.
    public void rethrow() {
        Throwable t = thrown;
        if (t == null) {
            return;
        }
        thrown = null;
        switch (t) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException("a callback failed", t);
        }
    }
}
