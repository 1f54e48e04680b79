package io.vlm4j.media;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A decoded sound: one channel of floats in native memory, silence at 0, full loudness from -1 to 1.
///
/// Owner: whoever called [AudioInput#decode]. Closing frees the samples, except those borrowed from a raw input, which
/// are only let go of. Closing again does nothing; everything but the length fails with [IllegalStateException] after
/// it. Thread-safe for reading; closing while another thread's native call reads the samples is refused with
/// [IllegalStateException].
public final class Samples implements AutoCloseable {
    /// Stands where a picture's hash has its width, which is never 0: so no sound and no picture have the same.
    private static final int NO_PICTURE = 0;

    private final int sampleRate;
    private final MemorySegment segment;
    private final @Nullable Arena arena;
    private volatile boolean closed;
    private volatile @Nullable String sha256;

    private Samples(int sampleRate, MemorySegment segment, @Nullable Arena arena) {
        this.sampleRate = sampleRate;
        this.segment = segment.asReadOnly();
        this.arena = arena;
    }

    /// Samples whose arena is closed with them.
    static Samples owning(int sampleRate, MemorySegment segment, Arena arena) {
        return new Samples(sampleRate, segment, arena);
    }

    /// Samples in memory of somebody else.
    static Samples borrowing(int sampleRate, MemorySegment segment) {
        return new Samples(sampleRate, segment, null);
    }

    /// Samples in new memory.
    @SuppressWarnings("MustBeClosedChecker") // closed with the samples
    static Samples copyOf(int sampleRate, MemorySegment samples) {
        Arena arena = Arena.ofShared();
        return owning(
                sampleRate, arena.allocate(samples.byteSize(), Float.BYTES).copyFrom(samples), arena);
    }

    /// Samples a second.
    public int sampleRate() {
        return sampleRate;
    }

    /// Samples in all.
    public long length() {
        return segment.byteSize() / Float.BYTES;
    }

    /// How long the sound takes, to the nanosecond below.
    public Duration duration() {
        return Duration.ofSeconds(length() / sampleRate, length() % sampleRate * 1_000_000_000L / sampleRate);
    }

    /// The samples: `length()` floats in the machine's byte order, read-only, valid until this is closed.
    ///
    /// @throws IllegalStateException after closing
    public MemorySegment segment() {
        if (closed) {
            throw new IllegalStateException("these samples are closed: " + this);
        }
        return segment;
    }

    /// A hash of the sound's content, as 64 hexadecimal digits: SHA-256 of 0 and the sample rate (4 bytes each,
    /// big-endian) and the samples. Different from every picture's. Computed once, at the first call.
    ///
    /// @throws IllegalStateException after closing
    public String sha256() {
        MemorySegment samples = segment();
        String known = sha256;
        if (known == null) {
            known = ContentHash.of(NO_PICTURE, sampleRate, samples);
            sha256 = known;
        }
        return known;
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        if (arena != null) {
            arena.close(); // refused while a native call holds the samples
        }
        closed = true;
    }

    @Override
    public String toString() {
        return "Samples[" + length() + " at " + sampleRate + " Hz]";
    }
}
