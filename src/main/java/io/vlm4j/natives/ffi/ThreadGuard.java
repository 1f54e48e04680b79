package io.vlm4j.natives.ffi;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Enforces "one thread at a time" for objects whose native side is not thread-safe: whoever comes second gets an
/// exception instead of a corrupted process. Costs one compare-and-swap; allocates nothing.
public final class ThreadGuard {
    private static final VarHandle USER;
    private static final long RETRY_NANOS = 50_000;

    static {
        try {
            USER = MethodHandles.lookup().findVarHandle(ThreadGuard.class, "user", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final String what;

    @SuppressWarnings("unused") // through USER
    private volatile @Nullable Thread user;

    /// @param what names the object in the exception
    public ThreadGuard(String what) {
        this.what = what;
    }

    /// @throws IllegalStateException when the object is in use, by this thread or another
    public void enter() {
        if (!USER.compareAndSet(this, null, Thread.currentThread())) {
            Thread other = user;
            throw new IllegalStateException(what + " is for one thread at a time, and in use by "
                    + (other == null ? "another thread" : "thread '" + other.getName() + "'")
                    + "; this is '" + Thread.currentThread().getName() + "'");
        }
    }

    /// As [#enter()], for an object that others use for moments only, so that they are waited for.
    public void enterWhenFree() {
        while (!USER.compareAndSet(this, null, Thread.currentThread())) {
            LockSupport.parkNanos(RETRY_NANOS);
        }
    }

    /// Who is using the object now.
    public Optional<Thread> user() {
        return Optional.ofNullable(user);
    }

    public void exit() {
        USER.setRelease(this, null);
    }
}
