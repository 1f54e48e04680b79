package io.vlm4j.model.internal;

import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/// Guards a model's set of adapters, which llama.cpp changes when one is loaded or freed, reads when a context plans
/// its graphs, and does not protect.
public final class AdapterSet {
    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    AdapterSet() {}

    /// Loads or frees an adapter.
    <T> T change(Supplier<T> change) {
        lock.writeLock().lock();
        try {
            return change.get();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /// Does something in which a context may plan its graphs.
    public <T> T whileUnchanged(Supplier<T> work) {
        lock.readLock().lock();
        try {
            return work.get();
        } finally {
            lock.readLock().unlock();
        }
    }
}
