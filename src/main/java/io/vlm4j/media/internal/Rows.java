package io.vlm4j.media.internal;

import io.vlm4j.media.Pixels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A picture that is read row by row, 3 bytes a pixel; it need not lie in memory as a whole.
public interface Rows {
    int CHANNELS = 3;

    int width();

    int height();

    /// Writes row `y` into `row`, from byte `start` on.
    void read(int y, byte[] row, int start);

    /// A decoded picture, which is borrowed.
    static Rows of(Pixels pixels) {
        return new Decoded(pixels.width(), pixels.height(), pixels.segment());
    }

    /// Pixels on the heap, which are borrowed.
    static Rows of(byte[] pixels, int width, int height) {
        return new Decoded(width, height, MemorySegment.ofArray(pixels));
    }

    record Decoded(int width, int height, MemorySegment pixels) implements Rows {
        @Override
        public void read(int y, byte[] row, int start) {
            int bytes = Math.multiplyExact(width, CHANNELS);
            MemorySegment.copy(pixels, ValueLayout.JAVA_BYTE, (long) y * bytes, row, start, bytes);
        }
    }
}
