package io.vlm4j.scheduling.internal;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The events of one generation between the scheduler and their reader, who may take them as slowly as it likes: there
/// are no more of them than tokens fit into the context. Whoever writes never waits, and runs no reader's code.
final class EventBuffer {
    private enum Reader {
        NOBODY,
        BLOCKING,
        SUBSCRIBER,
        WOKEN
    }

    private final Runnable onCancel;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<GenerationEvent> events = new ArrayDeque<>(); // guarded by the lock, as all that follows
    private Reader reader = Reader.NOBODY;
    private boolean waiting; // a blocking reader is
    private boolean done;
    private @Nullable Generation result;
    private @Nullable RuntimeException failure;
    private @Nullable CompletableFuture<Generation> future; // none until somebody wants it
    private @Nullable Runnable wake; // of a reader that is woken

    /// @param onCancel asks for the end of the generation
    EventBuffer(Runnable onCancel) {
        this.onCancel = onCancel;
    }

    void put(GenerationEvent event) {
        CompletableFuture<Generation> waitingFor = null;
        Runnable waking;
        lock.lock();
        try {
            if (done) {
                return;
            }
            waking = wake;
            events.add(event);
            if (event instanceof GenerationEvent.Finished finished) {
                done = true;
                result = finished.generation();
                waitingFor = future;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (waking != null) {
            waking.run();
        }
        complete(waitingFor);
    }

    void fail(RuntimeException cause) {
        CompletableFuture<Generation> waitingFor;
        Runnable waking;
        lock.lock();
        try {
            if (done) {
                return;
            }
            done = true;
            failure = cause;
            waitingFor = future;
            waking = wake;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (waking != null) {
            waking.run();
        }
        complete(waitingFor);
    }

    /// What depends on a future runs on a thread of its own, so that it keeps nobody waiting.
    private void complete(@Nullable CompletableFuture<Generation> waitingFor) {
        if (waitingFor != null) {
            Thread.startVirtualThread(() -> settle(waitingFor));
        }
    }

    private void settle(CompletableFuture<Generation> waitingFor) {
        if (failure != null) {
            waitingFor.completeExceptionally(failure);
        } else if (result != null) {
            waitingFor.complete(result);
        }
    }

    CompletableFuture<Generation> future() {
        lock.lock();
        try {
            if (future == null) {
                future = new CompletableFuture<>() {
                    @Override
                    public boolean cancel(boolean mayInterrupt) {
                        boolean cancelled = super.cancel(mayInterrupt);
                        if (cancelled) {
                            onCancel.run();
                        }
                        return cancelled;
                    }
                };
                if (done) {
                    settle(future);
                }
            }
            return future;
        } finally {
            lock.unlock();
        }
    }

    /// Waits for the next event; `null` after the last.
    @Nullable
    GenerationEvent next() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (reader == Reader.SUBSCRIBER || waiting) {
                throw new IllegalStateException("the generation's events have another reader");
            }
            reader = Reader.BLOCKING;
            waiting = true;
            try {
                while (events.isEmpty() && !done) {
                    changed.await();
                }
            } finally {
                waiting = false;
            }
            return taken();
        } finally {
            lock.unlock();
        }
    }

    /// Has a reader woken, now and after each event, who then [#poll]s. Waking runs on the writer's thread: it must
    /// do no more than tell another one.
    void wake(Runnable action) {
        lock.lock();
        try {
            if (reader != Reader.NOBODY) {
                throw new IllegalStateException("the generation's events have another reader");
            }
            reader = Reader.WOKEN;
            wake = action;
        } finally {
            lock.unlock();
        }
        action.run();
    }

    /// The next event, if it is there.
    @Nullable
    GenerationEvent poll() {
        lock.lock();
        try {
            return taken();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable GenerationEvent taken() {
        if (events.isEmpty() && failure != null) {
            throw failure;
        }
        return events.poll();
    }

    /// @return whether the events are the subscriber's now; not when they have another reader
    boolean beRead() {
        lock.lock();
        try {
            boolean free = reader == Reader.NOBODY;
            if (free) {
                reader = Reader.SUBSCRIBER;
            }
            return free;
        } finally {
            lock.unlock();
        }
    }

    /// Waits for the next event as long as the subscription wants one; `null` after the last, and when it wants
    /// none any more.
    @Nullable
    GenerationEvent next(EventSubscription subscription) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!subscription.isOver() && !(events.isEmpty() ? done : subscription.wantsMore())) {
                changed.await();
            }
            if (subscription.isOver()) {
                return null;
            }
            GenerationEvent event = taken();
            if (event != null) {
                subscription.delivered();
            }
            return event;
        } finally {
            lock.unlock();
        }
    }

    /// Changes what a subscription wants.
    void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void cancel() {
        onCancel.run();
    }

    /// Whoever submitted the generation can read it no more.
    void abandoned() {
        boolean wanted;
        lock.lock();
        try {
            wanted = done || reader == Reader.SUBSCRIBER || future != null;
        } finally {
            lock.unlock();
        }
        if (!wanted) {
            onCancel.run();
        }
    }
}
