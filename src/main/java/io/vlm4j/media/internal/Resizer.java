package io.vlm4j.media.internal;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.media.Resampling;
import java.util.Arrays;

/// Resizes 8-bit RGB pictures bit for bit as Pillow does: two passes, first along the rows, each in fixed point and
/// rounded to bytes.
///
/// Only a window of the resized picture is computed. Memory is that window, and its width times the rows of the
/// original that it needs. Time grows with the pixels of the picture; the ground of its canvas costs next to nothing,
/// because the weights that fall on it are summed up beforehand, which in integers changes nothing.
///
/// Source: `ImagingResample` in Pillow's `Resample.c`; for [Resampling#NEAREST] `ImagingScaleAffine` in `Geometry.c`.
public final class Resizer {
    private static final int CHANNELS = Rows.CHANNELS;
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;
    private static final int HALF = 1 << (Kernel.PRECISION - 1);

    /// Pictures more than so many times as high as they are wide become lower before they become narrower; in
    /// `Image.resize` of Pillow's `Image.py`.
    private static final int TALL = 100;

    private final Canvas canvas;
    private final Resampling resampling;
    private final Window window;

    private Resizer(Canvas canvas, Resampling resampling, Window window) {
        this.canvas = canvas;
        this.resampling = resampling;
        this.window = window;
    }

    /// A part of a picture that is resized to `width` by `height` pixels: `columns` by `rows` of them, from `x` and
    /// `y` on.
    public record Window(int width, int height, int x, int y, int columns, int rows) {
        /// All of it.
        public static Window all(int width, int height) {
            return new Window(width, height, 0, 0, width, height);
        }
    }

    /// @return `window.rows()` rows of `window.columns()` pixels of 3 bytes
    /// @throws InvalidMedia when the picture is so large that its rows do not fit into one array
    public static byte[] resize(Canvas canvas, Resampling resampling, Window window) {
        if (canvas.height() > (long) TALL * canvas.width() && window.height() < canvas.height()) {
            byte[] lowered = inTwoPasses(
                    canvas,
                    resampling,
                    new Window(canvas.width(), window.height(), 0, window.y(), canvas.width(), window.rows()));
            return inTwoPasses(
                    Canvas.of(Rows.of(lowered, canvas.width(), window.rows())),
                    resampling,
                    new Window(window.width(), window.rows(), window.x(), 0, window.columns(), window.rows()));
        }
        return inTwoPasses(canvas, resampling, window);
    }

    private static byte[] inTwoPasses(Canvas canvas, Resampling resampling, Window window) {
        Resizer resizer = new Resizer(canvas, resampling, window);
        if (canvas.height() == window.height()) {
            return resizer.horizontally(window.y(), window.y() + window.rows());
        }
        Kernel kernel = Kernel.of(resampling, canvas.height(), window.height(), window.y(), window.rows());
        int top = kernel.first(0);
        return resizer.vertically(resizer.horizontally(top, kernel.end(window.rows() - 1)), kernel, top);
    }

    private int rowBytes() {
        return window.columns() * CHANNELS;
    }

    /// The window's columns of the rows from `top` to `bottom`.
    private byte[] horizontally(int top, int bottom) {
        if ((long) rowBytes() * (bottom - top) > LARGEST_ARRAY || (long) canvas.width() * CHANNELS > LARGEST_ARRAY) {
            throw new InvalidMedia("a picture of " + canvas.width() + "x" + canvas.height()
                    + " pixels is too large to be resized to " + window.width() + "x" + window.height());
        }
        byte[] narrowed = new byte[rowBytes() * (bottom - top)];
        byte[] row = new byte[canvas.width() * CHANNELS];
        if (canvas.width() == window.width()) {
            for (int y = top; y < bottom; y++) {
                canvas.readWhole(y, row);
                System.arraycopy(row, window.x() * CHANNELS, narrowed, (y - top) * rowBytes(), rowBytes());
            }
            return narrowed;
        }
        Kernel kernel = Kernel.of(resampling, canvas.width(), window.width(), window.x(), window.columns());
        int[] blank = ground(kernel, 0, 0);
        int[] beside = ground(kernel, canvas.left(), canvas.right());
        for (int y = top; y < bottom; y++) {
            int out = (y - top) * rowBytes();
            if (canvas.isBlank(y)) {
                for (int i = 0; i < blank.length; i++) {
                    narrowed[out + i] = toByte(blank[i]);
                }
            } else {
                canvas.read(y, row);
                narrow(row, kernel, beside, narrowed, out);
            }
        }
        return narrowed;
    }

    /// What the ground adds to each number of a row of the window when the picture covers the columns from `left` to
    /// `right`, and one half to round with.
    private int[] ground(Kernel kernel, int left, int right) {
        int[] sums = new int[rowBytes()];
        for (int x = 0; x < window.columns(); x++) {
            int weight = 0;
            for (int i = kernel.first(x); i < kernel.end(x); i++) {
                if (i < left || i >= right) {
                    weight += kernel.weights(x)[i - kernel.first(x)];
                }
            }
            for (int channel = 0; channel < CHANNELS; channel++) {
                sums[x * CHANNELS + channel] = HALF + weight * canvas.ground(channel);
            }
        }
        return sums;
    }

    private void narrow(byte[] row, Kernel kernel, int[] ground, byte[] narrowed, int start) {
        for (int x = 0; x < window.columns(); x++) {
            int[] weights = kernel.weights(x);
            int first = kernel.first(x);
            int from = Math.max(first, canvas.left());
            int to = Math.min(kernel.end(x), canvas.right());
            int in = (from - canvas.left()) * CHANNELS;
            int red = ground[x * CHANNELS];
            int green = ground[x * CHANNELS + 1];
            int blue = ground[x * CHANNELS + 2];
            for (int i = from - first; i < to - first; i++) {
                red += (row[in] & 0xFF) * weights[i];
                green += (row[in + 1] & 0xFF) * weights[i];
                blue += (row[in + 2] & 0xFF) * weights[i];
                in += CHANNELS;
            }
            int out = start + x * CHANNELS;
            narrowed[out] = toByte(red);
            narrowed[out + 1] = toByte(green);
            narrowed[out + 2] = toByte(blue);
        }
    }

    private byte[] vertically(byte[] rows, Kernel kernel, int top) {
        byte[] out = new byte[rowBytes() * window.rows()];
        int[] sums = new int[rowBytes()];
        for (int y = 0; y < window.rows(); y++) {
            Arrays.fill(sums, HALF);
            int in = (kernel.first(y) - top) * rowBytes();
            for (int weight : kernel.weights(y)) {
                for (int x = 0; x < sums.length; x++) {
                    sums[x] += (rows[in + x] & 0xFF) * weight;
                }
                in += sums.length;
            }
            for (int x = 0; x < sums.length; x++) {
                out[y * sums.length + x] = toByte(sums[x]);
            }
        }
        return out;
    }

    private static byte toByte(int sum) {
        return (byte) Math.clamp(sum >> Kernel.PRECISION, 0, 255);
    }
}
