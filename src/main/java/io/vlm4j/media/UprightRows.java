package io.vlm4j.media;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Takes the rows of a stored picture and puts them where an EXIF orientation wants them.
///
/// The counterpart of what the native decoder does, for pictures that are decoded in Java.
record UprightRows(MemorySegment pixels, int width, int height, int orientation) {
    private static final int PIXEL = 3;

    /// Writes stored row `y`: `width` pixels of red, green, blue.
    void put(int y, byte[] rgb) {
        long rowBytes = (long) width * PIXEL;
        if (orientation == 1) {
            MemorySegment.copy(rgb, 0, pixels, ValueLayout.JAVA_BYTE, y * rowBytes, (int) rowBytes);
            return;
        }
        long at = offset(0, y);
        long step = width == 1 ? 0 : offset(1, y) - at;
        for (int i = 0; i < rowBytes; i += PIXEL, at += step) {
            MemorySegment.copy(rgb, i, pixels, ValueLayout.JAVA_BYTE, at, PIXEL);
        }
    }

    /// Where the stored pixel at column `x` of row `y` goes.
    private long offset(int x, int y) {
        int right = width - 1 - x;
        int below = height - 1 - y;
        long index = switch (orientation) {
            case 2 -> at(right, y); // mirrored
            case 3 -> at(right, below); // upside down
            case 4 -> at(x, below); // mirrored upside down
            case 5 -> at(y, x); // transposed
            case 6 -> at(below, x); // needs a quarter turn clockwise
            case 7 -> at(below, right); // transposed upside down
            case 8 -> at(y, right); // needs a quarter turn counter-clockwise
            default -> at(x, y);
        };
        return index * PIXEL;
    }

    private long at(int x, int y) {
        return (long) y * (ImageHeader.isTurned(orientation) ? height : width) + x;
    }
}
