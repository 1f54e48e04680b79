package io.vlm4j.attention;

import io.vlm4j.Vlm4jException;
import io.vlm4j.attention.internal.Overlay;
import io.vlm4j.media.ImageInput;
import java.util.Arrays;

/// A grid of numbers over a picture, 0 or more, whose sum is 1 unless all of them are 0. An immutable value.
public final class Heatmap {
    /// How a grid lies over a picture whose sides are not as those of the grid.
    public enum Fit {
        /// The picture was padded to a square around its middle, and the grid is over that square: LLaVA.
        PADDED,
        /// The grid is over the picture and nothing else, whatever its shape.
        WHOLE
    }

    private final int columns;
    private final int rows;
    private final float[] values;
    private final Fit fit;

    private Heatmap(int columns, int rows, float[] values, Fit fit) {
        this.columns = columns;
        this.rows = rows;
        this.values = values;
        this.fit = fit;
    }

    /// @param values row by row from the top, each from the left; scaled so that their sum is 1
    /// @throws IllegalArgumentException unless there are `columns * rows` values, all of them 0 or more and finite
    public static Heatmap of(int columns, int rows, Fit fit, float... values) {
        if (columns < 1 || rows < 1 || values.length != (long) columns * rows) {
            throw new IllegalArgumentException(
                    "a heat map of " + columns + "x" + rows + " cannot have " + values.length + " values");
        }
        double sum = 0;
        for (float value : values) {
            if (!(value >= 0) || value == Float.POSITIVE_INFINITY) {
                throw new IllegalArgumentException("a heat map's values must be 0 or more, not " + value);
            }
            sum += value;
        }
        float[] scaled = new float[values.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = sum > 0 ? (float) (values[i] / sum) : 0;
        }
        return new Heatmap(columns, rows, scaled, fit);
    }

    public int columns() {
        return columns;
    }

    public int rows() {
        return rows;
    }

    public Fit fit() {
        return fit;
    }

    /// @throws IndexOutOfBoundsException outside of the grid
    public float value(int column, int row) {
        if (column < 0 || column >= columns || row < 0 || row >= rows) {
            throw new IndexOutOfBoundsException(
                    "no cell " + column + ", " + row + " in a heat map of " + columns + "x" + rows);
        }
        return values[row * columns + column];
    }

    /// A copy of all values, row by row from the top.
    public float[] values() {
        return values.clone();
    }

    /// The sum over a part of the grid, its edges given as shares of its sides: `mass(0, 0, 0.5, 1)` is the left half.
    /// Of cells that are cut by an edge the part inside counts.
    ///
    /// @throws IllegalArgumentException unless `0 <= left <= right <= 1` and `0 <= top <= bottom <= 1`
    public double mass(double left, double top, double right, double bottom) {
        if (!(0 <= left && left <= right && right <= 1 && 0 <= top && top <= bottom && bottom <= 1)) {
            throw new IllegalArgumentException(
                    "no part of a heat map: " + left + ", " + top + " to " + right + ", " + bottom);
        }
        double sum = 0;
        for (int row = 0; row < rows; row++) {
            double high = overlap(row, top * rows, bottom * rows);
            for (int column = 0; column < columns; column++) {
                sum += high * overlap(column, left * columns, right * columns) * values[row * columns + column];
            }
        }
        return sum;
    }

    private static double overlap(int cell, double from, double to) {
        return Math.max(0, Math.min(cell + 1, to) - Math.max(cell, from));
    }

    /// The picture with this map over it, as raw pixels; [ImageInput#encoded()] makes a PNG of them. Drawn with at most
    /// `longestSide` pixels at the longer side, by bilinear interpolation between the middles of the cells. The highest
    /// value is bright yellow, 0 a dark blue; equal inputs give equal pixels.
    ///
    /// {@snippet class="io.vlm4j.snippets.AttentionSnippets" region="heatmap"}
    ///
    /// @throws IllegalArgumentException when `longestSide` is not positive
    /// @throws Vlm4jException.InvalidMedia when the picture cannot be decoded
    public ImageInput over(ImageInput picture, int longestSide) {
        if (longestSide < 1) {
            throw new IllegalArgumentException("longestSide must be 1 or more, not " + longestSide);
        }
        return Overlay.paint(this, picture, longestSide);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Heatmap map
                && map.columns == columns
                && map.fit == fit
                && Arrays.equals(map.values, values);
    }

    @Override
    public int hashCode() {
        return 31 * columns + Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return "Heatmap[" + columns + "x" + rows + "]";
    }
}
