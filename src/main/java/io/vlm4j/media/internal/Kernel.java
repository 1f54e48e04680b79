package io.vlm4j.media.internal;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.media.Resampling;

/// The weights with which pixels of one axis enter those of the resized one, as Pillow computes them: in double
/// precision, normalised to a sum of 1, rounded to fixed point.
///
/// Only a window of the resized axis is tabulated, so that its length costs nothing.
///
/// Source: `precompute_coeffs` and `normalize_coeffs_8bpc` in Pillow's `Resample.c`.
final class Kernel {
    /// Bits behind the point: products with a byte, and their sum, fit into 32 bits with 2 to spare.
    static final int PRECISION = 32 - 8 - 2;

    /// What a table may hold, 64 MiB: enough for sides of some millions of pixels.
    private static final int MOST_WEIGHTS = 1 << 24;

    private final int[] first;
    private final int[][] weights;

    private Kernel(int[] first, int[][] weights) {
        this.first = first;
        this.weights = weights;
    }

    /// The first pixel that a place of the window takes.
    int first(int place) {
        return first[place];
    }

    /// The pixel behind the last one that a place of the window takes.
    int end(int place) {
        return first[place] + weights[place].length;
    }

    /// What a place of the window takes of its first pixel and those after it; not to be changed.
    int[] weights(int place) {
        return weights[place];
    }

    /// @param from   where the window begins on the resized axis
    /// @param length of the window
    /// @throws InvalidMedia when the table would be too large
    static Kernel of(Resampling resampling, int inSize, int outSize, int from, int length) {
        double scale = (double) inSize / outSize;
        if (resampling == Resampling.NEAREST) {
            return nearest(inSize, scale, from, length);
        }
        double filterScale = Math.max(scale, 1.0);
        double support = support(resampling) * filterScale;
        if (2 * support * length > MOST_WEIGHTS) {
            throw new InvalidMedia(inSize + " pixels in a row or column are too many to be resized to " + outSize);
        }
        double step = 1.0 / filterScale;
        int[] first = new int[length];
        int[][] weights = new int[length][];
        for (int i = 0; i < length; i++) {
            double center = (from + i + 0.5) * scale;
            int min = Math.max(0, (int) (center - support + 0.5));
            int max = Math.min(inSize, (int) (center + support + 0.5));
            double[] exact = new double[max - min];
            double sum = 0;
            for (int x = 0; x < exact.length; x++) {
                exact[x] = weight(resampling, (x + min - center + 0.5) * step);
                sum += exact[x];
            }
            first[i] = min;
            weights[i] = rounded(exact, sum);
        }
        return new Kernel(first, weights);
    }

    private static int[] rounded(double[] exact, double sum) {
        int[] fixed = new int[exact.length];
        for (int x = 0; x < exact.length; x++) {
            double weight = sum == 0 ? exact[x] : exact[x] / sum;
            fixed[x] = (int) ((weight < 0 ? -0.5 : 0.5) + weight * (1 << PRECISION));
        }
        return fixed;
    }

    /// Pillow adds the step up from place to place, which rounds otherwise than a product.
    private static Kernel nearest(int inSize, double scale, int from, int length) {
        int[] first = new int[length];
        int[][] weights = new int[length][];
        double at = scale * 0.5;
        for (int i = 0; i < from + length; i++, at += scale) {
            if (i >= from) {
                first[i - from] = Math.min((int) at, inSize - 1);
                weights[i - from] = new int[] {1 << PRECISION};
            }
        }
        return new Kernel(first, weights);
    }

    private static double support(Resampling resampling) {
        return switch (resampling) {
            case NEAREST -> 0;
            case BILINEAR -> 1;
            case BICUBIC -> 2;
            case LANCZOS -> 3;
        };
    }

    private static double weight(Resampling resampling, double signed) {
        double x = Math.abs(signed);
        return switch (resampling) {
            case NEAREST -> 0;
            case BILINEAR -> x < 1 ? 1 - x : 0;
            case BICUBIC -> cubic(x);
            case LANCZOS -> signed >= -3 && signed < 3 ? sinc(signed) * sinc(signed / 3) : 0;
        };
    }

    private static double cubic(double x) {
        double a = -0.5;
        if (x < 1) {
            return ((a + 2) * x - (a + 3)) * x * x + 1;
        }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }

    private static double sinc(double x) {
        double angle = x * Math.PI;
        return x == 0 ? 1 : StrictMath.sin(angle) / angle;
    }
}
