package io.vlm4j.processing.internal;

import io.vlm4j.media.Pixels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A picture that is read row by row, 3 bytes a pixel; it need not lie in memory as a whole.
public interface Rows {
    int CHANNELS = 3;

    int width();

    int height();

    /// Writes row `y` to the beginning of `row`, which has `width() * 3` bytes at least.
    void read(int y, byte[] row);

    /// A decoded picture, which is borrowed.
    static Rows of(Pixels pixels) {
        return new Decoded(pixels.width(), pixels.height(), pixels.segment());
    }

    /// A picture in the middle of a square with sides as long as its longer one; what is left over at an odd
    /// difference goes to the right and the bottom.
    ///
    /// @param colour red, green and blue of what surrounds it
    static Rows padded(Rows picture, byte[] colour) {
        return new Padded(picture, colour);
    }

    record Decoded(int width, int height, MemorySegment pixels) implements Rows {
        @Override
        public void read(int y, byte[] row) {
            int bytes = Math.multiplyExact(width, CHANNELS);
            MemorySegment.copy(pixels, ValueLayout.JAVA_BYTE, (long) y * bytes, row, 0, bytes);
        }
    }

    final class Padded implements Rows {
        private final Rows picture;
        private final byte[] colour;

        private Padded(Rows picture, byte[] colour) {
            this.picture = picture;
            this.colour = colour;
        }

        @Override
        public int width() {
            return Math.max(picture.width(), picture.height());
        }

        @Override
        public int height() {
            return width();
        }

        @Override
        public void read(int y, byte[] row) {
            int left = (width() - picture.width()) / 2;
            int top = (height() - picture.height()) / 2;
            if (y < top || y >= top + picture.height()) {
                fill(row, 0, width());
                return;
            }
            picture.read(y - top, row);
            System.arraycopy(row, 0, row, left * CHANNELS, picture.width() * CHANNELS);
            fill(row, 0, left);
            fill(row, left + picture.width(), width());
        }

        private void fill(byte[] row, int from, int to) {
            for (int i = from * CHANNELS; i < to * CHANNELS; i++) {
                row[i] = colour[i % CHANNELS];
            }
        }
    }
}
