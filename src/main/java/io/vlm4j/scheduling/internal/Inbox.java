package io.vlm4j.scheduling.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// What other threads want the scheduler's thread to do.
final class Inbox {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private List<Runnable> tasks = new ArrayList<>(); // guarded by the lock
    private List<Runnable> taken = new ArrayList<>(); // of the scheduler's thread
    private volatile boolean empty = true;

    void add(Runnable task) {
        lock.lock();
        try {
            tasks.add(task);
            empty = false;
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    /// Does all that has arrived.
    ///
    /// @return whether there was something
    boolean work() {
        if (empty) {
            return false;
        }
        lock.lock();
        try {
            List<Runnable> arrivals = tasks;
            tasks = taken;
            taken = arrivals;
            empty = true;
        } finally {
            lock.unlock();
        }
        taken.forEach(Runnable::run);
        taken.clear();
        return true;
    }

    /// Waits until something arrives, at most until a moment of the system's nano time.
    void await(long until) {
        lock.lock();
        try {
            while (tasks.isEmpty()) {
                long left = until - System.nanoTime();
                if (left <= 0) {
                    return;
                }
                arrived.await(Math.min(left, TimeUnit.HOURS.toNanos(1)), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            // nobody has a reason to interrupt this thread; it goes on
        } finally {
            lock.unlock();
        }
    }
}
