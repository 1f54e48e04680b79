package io.vlm4j.processing.internal;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.processing.Resampling;
import java.util.Arrays;

/// Resizes 8-bit RGB pictures bit for bit as Pillow does: two passes, first along the rows, each in fixed point and
/// rounded to bytes.
///
/// Only a window of the resized picture is computed. Memory is that window, and its width times the rows of the
/// original that it needs.
///
/// Source: `ImagingResample` in Pillow's `Resample.c`; for [Resampling#NEAREST] `ImagingScaleAffine` in `Geometry.c`.
final class Resizer {
    private static final int CHANNELS = Rows.CHANNELS;
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;
    private static final int HALF = 1 << (Kernel.PRECISION - 1);

    private Resizer() {}

    /// A part of a picture that is resized to `width` by `height` pixels: `columns` by `rows` of them, from `x` and `y`
    /// on.
    record Window(int width, int height, int x, int y, int columns, int rows) {
        /// All of it.
        static Window all(int width, int height) {
            return new Window(width, height, 0, 0, width, height);
        }
    }

    /// @return `window.rows()` rows of `window.columns()` pixels of 3 bytes
    /// @throws InvalidMedia when the picture is so large that its rows do not fit into one array
    static byte[] resize(Rows picture, Resampling resampling, Window window) {
        if (picture.height() == window.height()) {
            return horizontally(picture, resampling, window, window.y(), window.y() + window.rows());
        }
        Kernel kernel = Kernel.of(resampling, picture.height(), window.height(), window.y(), window.rows());
        int top = kernel.first(0);
        int bottom = kernel.end(window.rows() - 1);
        return vertically(horizontally(picture, resampling, window, top, bottom), kernel, top, window);
    }

    private static byte[] horizontally(Rows picture, Resampling resampling, Window window, int top, int bottom) {
        int rowBytes = window.columns() * CHANNELS;
        if ((long) rowBytes * (bottom - top) > LARGEST_ARRAY || (long) picture.width() * CHANNELS > LARGEST_ARRAY) {
            throw new InvalidMedia("a picture of " + picture.width() + "x" + picture.height()
                    + " pixels is too large to be resized to " + window.width() + "x" + window.height());
        }
        byte[] narrowed = new byte[rowBytes * (bottom - top)];
        byte[] row = new byte[picture.width() * CHANNELS];
        if (picture.width() == window.width()) {
            for (int y = top; y < bottom; y++) {
                picture.read(y, row);
                System.arraycopy(row, window.x() * CHANNELS, narrowed, (y - top) * rowBytes, rowBytes);
            }
            return narrowed;
        }
        Kernel kernel = Kernel.of(resampling, picture.width(), window.width(), window.x(), window.columns());
        for (int y = top; y < bottom; y++) {
            picture.read(y, row);
            int out = (y - top) * rowBytes;
            for (int x = 0; x < window.columns(); x++, out += CHANNELS) {
                int[] weights = kernel.weights(x);
                int in = kernel.first(x) * CHANNELS;
                int red = HALF;
                int green = HALF;
                int blue = HALF;
                for (int weight : weights) {
                    red += (row[in] & 0xFF) * weight;
                    green += (row[in + 1] & 0xFF) * weight;
                    blue += (row[in + 2] & 0xFF) * weight;
                    in += CHANNELS;
                }
                narrowed[out] = toByte(red);
                narrowed[out + 1] = toByte(green);
                narrowed[out + 2] = toByte(blue);
            }
        }
        return narrowed;
    }

    private static byte[] vertically(byte[] rows, Kernel kernel, int top, Window window) {
        int rowBytes = window.columns() * CHANNELS;
        byte[] out = new byte[rowBytes * window.rows()];
        int[] sums = new int[rowBytes];
        for (int y = 0; y < window.rows(); y++) {
            Arrays.fill(sums, HALF);
            int in = (kernel.first(y) - top) * rowBytes;
            for (int weight : kernel.weights(y)) {
                for (int x = 0; x < rowBytes; x++) {
                    sums[x] += (rows[in + x] & 0xFF) * weight;
                }
                in += rowBytes;
            }
            for (int x = 0; x < rowBytes; x++) {
                out[y * rowBytes + x] = toByte(sums[x]);
            }
        }
        return out;
    }

    private static byte toByte(int sum) {
        return (byte) Math.clamp(sum >> Kernel.PRECISION, 0, 255);
    }
}
