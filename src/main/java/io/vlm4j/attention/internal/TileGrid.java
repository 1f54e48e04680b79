package io.vlm4j.attention.internal;

import io.vlm4j.model.internal.TileLayout;

/// What a picture's attention is where it was seen twice, as a whole and in tiles: both together on the finer grid,
/// that of the tiles without what was beside the picture. A patch of the whole picture is spread evenly over what
/// it covers. The ends of rows are nowhere in the picture and are left out.
///
/// The finer grid is the picture but for less than a patch at each edge.
public final class TileGrid {
    private final TileLayout layout;
    private final int columns;
    private final int rows;

    public TileGrid(TileLayout layout) {
        boolean fine = layout.width() > 0 && layout.height() > 0; // else the whole picture is all there is
        this.layout = layout;
        this.columns = fine ? layout.width() : layout.side();
        this.rows = fine ? layout.height() : layout.side();
    }

    public int columns() {
        return columns;
    }

    public int rows() {
        return rows;
    }

    /// @param tokens a number for each row of the picture
    /// @return `[rows(), columns()]`
    public float[] of(float[] tokens) {
        float[] grid = new float[rows * columns];
        int side = layout.side();
        for (int row = 0; row < side; row++) {
            for (int column = 0; column < side; column++) {
                spread(tokens[row * side + column], row, column, grid);
            }
        }
        if (layout.width() > 0) {
            int token = layout.tileTokens();
            for (int row = 0; row < layout.height(); row++, token++) { // and the end of the row
                for (int column = 0; column < layout.width(); column++, token++) {
                    grid[row * columns + column] += tokens[token];
                }
            }
        }
        return grid;
    }

    private void spread(float value, int wholeRow, int wholeColumn, float[] grid) {
        int side = layout.side();
        double top = (double) wholeRow * rows / side;
        double bottom = (double) (wholeRow + 1) * rows / side;
        double left = (double) wholeColumn * columns / side;
        double right = (double) (wholeColumn + 1) * columns / side;
        double area = (bottom - top) * (right - left);
        for (int row = (int) top; row < rows && row < bottom; row++) {
            double high = Math.min(row + 1, bottom) - Math.max(row, top);
            for (int column = (int) left; column < columns && column < right; column++) {
                double wide = Math.min(column + 1, right) - Math.max(column, left);
                grid[row * columns + column] += (float) (value * high * wide / area);
            }
        }
    }
}
