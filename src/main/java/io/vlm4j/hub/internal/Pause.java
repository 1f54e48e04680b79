package io.vlm4j.hub.internal;

import io.vlm4j.Vlm4jException.Cancelled;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/// Waiting, and being interrupted.
final class Pause {
    private Pause() {}

    /// @throws Cancelled when the thread is interrupted, which it stays
    static void of(Duration time) {
        Lock lock = new ReentrantLock();
        Condition never = lock.newCondition();
        lock.lock();
        try {
            long left = time.toNanos();
            while (left > 0) {
                left = never.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            throw interrupted();
        } finally {
            lock.unlock();
        }
    }

    /// @throws Cancelled when the thread is interrupted, which it stays
    static void requireGoingOn() {
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted();
        }
    }

    static Cancelled interrupted() {
        Thread.currentThread().interrupt();
        return new Cancelled("the push was interrupted");
    }
}
