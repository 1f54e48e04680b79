package io.vlm4j.model.internal;

import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.EmbeddingCacheOptions;
import io.vlm4j.natives.ffi.LentMemory;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Encodings in memory, the least recently used first, before those in a folder. Neither files nor encoders are waited
/// for with the lock held.
public final class EmbeddingCacheImpl implements EmbeddingCache {
    /// Keeps nothing.
    public static final EmbeddingCacheImpl NONE = new EmbeddingCacheImpl(0, Optional.empty());

    private final long maxBytes;
    private final Optional<EmbeddingFolder> folder;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition landed = lock.newCondition();
    private final Map<EmbeddingKey, Flight> flights = new HashMap<>();
    private final LinkedHashMap<EmbeddingKey, CachedEmbedding> entries = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;
    private long hits;
    private long diskHits;
    private long misses;
    private long evictions;
    private boolean closed;

    /// An encoding that is being made, and those who wait for it.
    private static final class Flight {
        private int waiting;
        private boolean over;
        private @Nullable CachedEmbedding result; // none when it failed
    }

    private EmbeddingCacheImpl(long maxBytes, Optional<EmbeddingFolder> folder) {
        this.maxBytes = maxBytes;
        this.folder = folder;
    }

    public static EmbeddingCacheImpl open(EmbeddingCacheOptions options) {
        return new EmbeddingCacheImpl(
                options.memoryBytes(),
                options.directory().map(path -> new EmbeddingFolder(path, options.directoryBytes())));
    }

    /// Whether it never has anything, so that keys need not be computed.
    boolean isOff() {
        return this == NONE;
    }

    /// An encoding that is in memory; files are not looked at.
    Optional<MediaEmbeddings> peek(EmbeddingKey key) {
        lock.lock();
        try {
            CachedEmbedding entry = entries.get(key);
            if (entry == null) {
                return Optional.empty();
            }
            entry.use(1);
            hits++;
            return Optional.of(lend(entry, true));
        } finally {
            lock.unlock();
        }
    }

    /// As [#peek], all of them, or none when one is missing.
    List<MediaEmbeddings> peekAll(List<EmbeddingKey> keys) {
        lock.lock();
        try {
            if (!entries.keySet().containsAll(keys)) {
                return List.of();
            }
            List<MediaEmbeddings> found = new ArrayList<>();
            try {
                keys.forEach(key -> found.add(peek(key).orElseThrow()));
                return found;
            } catch (Throwable t) {
                found.forEach(MediaEmbeddings::close);
                throw t;
            }
        } finally {
            lock.unlock();
        }
    }

    /// Finds an encoding, or lets `encoder` fill its memory.
    MediaEmbeddings get(EmbeddingKey key, Consumer<MemorySegment> encoder) {
        return get(key, true, encoder).orElseThrow();
    }

    /// As [#get(EmbeddingKey, Consumer)], but empty when another thread is making it.
    Optional<MediaEmbeddings> getWithoutWaiting(EmbeddingKey key, Consumer<MemorySegment> encoder) {
        return get(key, false, encoder);
    }

    private Optional<MediaEmbeddings> get(EmbeddingKey key, boolean wait, Consumer<MemorySegment> encoder) {
        Flight flight = new Flight();
        if (!wait && isInFlight(key)) {
            return Optional.empty();
        }
        CachedEmbedding found = isOff() ? null : find(key, flight);
        if (found != null) {
            return Optional.of(lend(found, true));
        }
        CachedEmbedding made = null;
        boolean read = false;
        try {
            CachedEmbedding fresh = new CachedEmbedding(key.shape());
            try {
                read = folder.isPresent() && folder.get().read(key, fresh.memory());
                if (!read) {
                    encoder.accept(fresh.memory());
                }
            } catch (Throwable t) {
                giveBack(fresh);
                throw t;
            }
            made = fresh;
        } finally {
            land(key, flight, made, read);
        }
        MediaEmbeddings result = lend(made, read);
        if (read || folder.isEmpty()) {
            return Optional.of(result);
        }
        try {
            folder.get().write(key, result.tensor().segment());
            return Optional.of(result);
        } catch (Throwable t) {
            result.close();
            throw t;
        }
    }

    private boolean isInFlight(EmbeddingKey key) {
        lock.lock();
        try {
            return flights.containsKey(key);
        } finally {
            lock.unlock();
        }
    }

    /// An encoding for one more user, from memory or from the thread that is making it; if there is none, `flight` is
    /// announced, and the caller has to make it.
    private @Nullable CachedEmbedding find(EmbeddingKey key, Flight flight) {
        lock.lock();
        try {
            while (true) {
                requireOpen();
                CachedEmbedding entry = entries.get(key);
                if (entry != null) {
                    entry.use(1);
                    hits++;
                    return entry;
                }
                Flight other = flights.putIfAbsent(key, flight);
                if (other == null) {
                    return null;
                }
                CachedEmbedding theirs = await(other);
                if (theirs != null) {
                    hits++;
                    return theirs;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private @Nullable CachedEmbedding await(Flight other) {
        other.waiting++;
        while (!other.over) {
            landed.awaitUninterruptibly();
        }
        return other.result;
    }

    /// Tells those who wait, and keeps what was made if there is room for it.
    private void land(EmbeddingKey key, Flight flight, @Nullable CachedEmbedding made, boolean read) {
        if (isOff()) {
            return;
        }
        lock.lock();
        try {
            if (read) {
                diskHits++;
            } else if (made != null) {
                misses++;
            }
            flights.remove(key, flight);
            flight.over = true;
            flight.result = made;
            landed.signalAll();
            if (made != null) {
                made.use(flight.waiting);
                keep(key, made);
            }
        } finally {
            lock.unlock();
        }
    }

    private void keep(EmbeddingKey key, CachedEmbedding made) {
        if (closed || made.bytes() > maxBytes) {
            return;
        }
        for (Iterator<CachedEmbedding> oldest = entries.values().iterator(); bytes + made.bytes() > maxBytes; ) {
            CachedEmbedding entry = oldest.next();
            oldest.remove();
            bytes -= entry.bytes();
            entry.drop();
            evictions++;
        }
        made.keep();
        entries.put(key, made);
        bytes += made.bytes();
    }

    /// A view of the memory for a user that is counted already.
    @SuppressWarnings("MustBeClosedChecker") // the arena lives as long as what is returned
    private MediaEmbeddings lend(CachedEmbedding entry, boolean cached) {
        Arena loan = Arena.ofShared();
        try {
            MemorySegment view = LentMemory.lend(entry.memory(), loan, () -> giveBack(entry));
            return new MediaEmbeddings(Tensor.owned(DType.F32, entry.shape(), view, loan), cached);
        } catch (Throwable t) {
            loan.close();
            throw t;
        }
    }

    private void giveBack(CachedEmbedding entry) {
        lock.lock();
        try {
            entry.giveBack();
        } finally {
            lock.unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the embedding cache is closed");
        }
    }

    @Override
    public Statistics statistics() {
        lock.lock();
        try {
            long failures = folder.map(EmbeddingFolder::failures).orElse(0L);
            return new Statistics(hits, diskHits, misses, evictions, failures, entries.size(), bytes);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void clear() {
        lock.lock();
        try {
            requireOpen();
            dropAll();
        } finally {
            lock.unlock();
        }
    }

    private void dropAll() {
        entries.values().forEach(CachedEmbedding::drop);
        entries.clear();
        bytes = 0;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (!isOff()) {
                closed = true;
                dropAll();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        return isOff() ? "no embedding cache" : "embedding cache" + (closed ? " (closed)" : "");
    }
}
