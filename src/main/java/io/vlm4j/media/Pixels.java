package io.vlm4j.media;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A decoded picture: 8-bit RGB in native memory, rows from the top, without gaps.
///
/// Owner: whoever called [ImageInput#decode()]. Closing frees the pixels, except those borrowed from a raw input,
/// which are only let go of. Closing again does nothing; everything but the size fails with [IllegalStateException]
/// after it. Thread-safe for reading; closing while another thread's native call reads the pixels is refused with
/// [IllegalStateException].
public final class Pixels implements AutoCloseable {
    private static final int CHANNELS = 3;

    private final int width;
    private final int height;
    private final MemorySegment segment;
    private final @Nullable Arena arena;
    private volatile boolean closed;
    private volatile @Nullable String sha256;

    private Pixels(int width, int height, MemorySegment segment, @Nullable Arena arena) {
        this.width = width;
        this.height = height;
        this.segment = segment.asReadOnly();
        this.arena = arena;
    }

    /// Pixels whose arena is closed with them.
    static Pixels owning(int width, int height, MemorySegment segment, Arena arena) {
        return new Pixels(width, height, segment, arena);
    }

    /// Pixels in memory of somebody else.
    static Pixels borrowing(int width, int height, MemorySegment segment) {
        return new Pixels(width, height, segment, null);
    }

    /// Pixels in new memory that `painter` writes all of.
    @SuppressWarnings("MustBeClosedChecker") // closed with the pixels
    static Pixels filled(int width, int height, Consumer<MemorySegment> painter) {
        Arena arena = Arena.ofShared();
        try {
            MemorySegment segment = arena.allocate(byteSize(width, height));
            painter.accept(segment);
            return owning(width, height, segment, arena);
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    /// The bytes that a picture takes, once its sides are known to be positive.
    static long byteSize(int width, int height) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("width and height must be positive: " + width + "x" + height);
        }
        if (width > Long.MAX_VALUE / CHANNELS / height) {
            throw new IllegalArgumentException("too many pixels: " + width + "x" + height);
        }
        return (long) CHANNELS * width * height;
    }

    /// Pixels per row.
    public int width() {
        return width;
    }

    /// Rows.
    public int height() {
        return height;
    }

    /// The pixels: `width * height * 3` bytes, read-only, valid until this is closed.
    ///
    /// @throws IllegalStateException after closing
    public MemorySegment segment() {
        if (closed) {
            throw new IllegalStateException("these pixels are closed: " + this);
        }
        return segment;
    }

    /// A hash of the picture's content, as 64 hexadecimal digits: SHA-256 of width and height (4 bytes each,
    /// big-endian) and the pixels. Computed once, at the first call.
    ///
    /// @throws IllegalStateException after closing
    public String sha256() {
        MemorySegment pixels = segment();
        String known = sha256;
        if (known == null) {
            known = ContentHash.of(width, height, pixels);
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
            arena.close(); // refused while a native call holds the pixels
        }
        closed = true;
    }

    @Override
    public String toString() {
        return "Pixels[" + width + "x" + height + "]";
    }
}
