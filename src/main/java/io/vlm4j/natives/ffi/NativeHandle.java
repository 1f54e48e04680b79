package io.vlm4j.natives.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A native object with exactly one owner: this handle.
///
/// The pointer is reinterpreted into an arena of its own, with the C destructor as cleanup. So the JDK itself
/// guarantees that the destructor runs once, that use after close is an [IllegalStateException], and that closing
/// is refused while a native call holds the pointer. When a native assertion failed in the object, it refuses all but
/// closing, which frees it like any other: the failure left its functions as a C++ exception does. Children that live
/// inside the object (a context inside a
/// model) are adopted; closing closes them first, newest first.
///
/// Thread rule: safe to use, adopt and close from any thread; what may run at the same time is the native object's
/// rule.
public final class NativeHandle implements AutoCloseable {
    private static final Map<Long, NativeHandle> OPEN = new ConcurrentHashMap<>(); // by address

    private final String description;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;
    private final List<AutoCloseable> children = new ArrayList<>();
    private final List<AutoCloseable> users = new ArrayList<>(); // of the children; guarded by them
    private volatile @Nullable Throwable damage;

    /// Takes ownership of `pointer`, which must not be NULL.
    ///
    /// @param description names the object in error messages, such as `model 'pico.gguf'`
    /// @param destructor  called once with the raw pointer, on the thread that closes
    @SuppressWarnings("restricted")
    public NativeHandle(String description, MemorySegment pointer, Consumer<MemorySegment> destructor) {
        if (pointer.address() == 0) {
            throw new IllegalArgumentException("NULL for " + description);
        }
        this.description = description;
        this.segment = pointer.reinterpret(arena, destructor);
        OPEN.put(pointer.address(), this);
    }

    /// The pointer, to be passed to native calls and not kept.
    ///
    /// @throws IllegalStateException after [#close()], and when it is damaged, with what damaged it as cause
    public MemorySegment segment() {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("the " + description + " is closed");
        }
        Throwable failure = damage;
        if (failure != null) {
            throw new IllegalStateException(
                    "the " + description + " may be damaged since native code failed in it; it can only be closed",
                    failure);
        }
        return segment;
    }

    /// Says that native code has failed in what a pointer points to, if a handle owns that: it can only be closed then.
    /// The first failure counts.
    public static void damage(MemorySegment pointer, Throwable failure) {
        NativeHandle handle = OPEN.get(pointer.address());
        if (handle != null && handle.damage == null) {
            handle.damage = failure;
        }
    }

    /// Whether native code has failed in it.
    public boolean isDamaged() {
        return damage != null;
    }

    /// Ties a pointer into the object to the object's lifetime, so that using it after the close is refused as
    /// well.
    @SuppressWarnings("restricted")
    public MemorySegment borrow(MemorySegment pointer) {
        segment();
        return pointer.reinterpret(arena, null);
    }

    public boolean isClosed() {
        return !arena.scope().isAlive();
    }

    public String description() {
        return description;
    }

    /// Makes a child that lives inside this object and is closed before it at the latest. Closing waits meanwhile, so
    /// that no child can outlive its parent.
    ///
    /// @throws IllegalStateException after [#close()]
    public <T extends AutoCloseable> T newChild(Supplier<T> creation) {
        synchronized (children) {
            segment();
            T child = creation.get();
            children.add(child);
            return child;
        }
    }

    /// As [#newChild], for a child that the others refer to, whenever they were made: it is closed after them.
    public <T extends AutoCloseable> T newOldestChild(Supplier<T> creation) {
        synchronized (children) {
            T child = newChild(creation);
            children.addFirst(children.removeLast());
            return child;
        }
    }

    /// As [#newChild], for a child that makes others and uses them: it is closed before them, whenever they were made.
    public <T extends AutoCloseable> T newUser(Supplier<T> creation) {
        synchronized (children) {
            segment();
            T user = creation.get();
            users.add(user);
            return user;
        }
    }

    /// Forgets a child that was closed by itself.
    public void release(AutoCloseable child) {
        synchronized (children) {
            children.remove(child);
            users.remove(child);
        }
    }

    /// Closes the children, newest first, then frees the object. Does nothing when it is closed already.
    ///
    /// @throws IllegalStateException while a native call uses the object or a child; nothing of it is freed then
    @Override
    public void close() {
        for (AutoCloseable child = newestChild(); child != null; child = newestChild()) {
            closeChild(child);
        }
    }

    /// The child to close next; when there is none, frees the object itself before another can be made.
    private @Nullable AutoCloseable newestChild() {
        synchronized (children) {
            if (!users.isEmpty()) {
                return users.getLast();
            }
            if (!children.isEmpty()) {
                return children.getLast();
            }
            if (!isClosed()) {
                try {
                    arena.close();
                    OPEN.remove(segment.address(), this);
                } catch (IllegalStateException inUse) {
                    throw new IllegalStateException("the " + description + " is in use by a native call", inUse);
                }
            }
            return null;
        }
    }

    private void closeChild(AutoCloseable child) {
        try {
            child.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("closing a child of the " + description, e);
        }
        release(child);
    }

    @Override
    public String toString() {
        return description + (isClosed() ? " (closed)" : "");
    }
}
