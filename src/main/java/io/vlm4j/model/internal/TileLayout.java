package io.vlm4j.model.internal;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Where the patches of one picture lie on its tiles, and which of them remain: the whole picture as one tile comes
/// first, then the rows of the tiles' patches across all columns of tiles, without what was added beside the picture,
/// each ended by one row more.
///
/// @param columns of tiles
/// @param rows    of tiles
/// @param side    patches along each side of a tile
/// @param left    first column of patches that remains, counted over all tiles
/// @param top     first row of patches
/// @param right   the column behind the last one
/// @param bottom  the row behind the last one
public record TileLayout(int columns, int rows, int side, int left, int top, int right, int bottom) {
    /// With the whole picture.
    public int tiles() {
        return 1 + columns * rows;
    }

    /// Rows of embeddings of each tile.
    public int tileTokens() {
        return side * side;
    }

    /// Columns of patches that remain.
    public int width() {
        return right - left;
    }

    /// Rows of patches that remain; none of pictures that are very long and narrow.
    public int height() {
        return bottom - top;
    }

    /// Rows of embeddings of the picture.
    public int tokens() {
        return tileTokens() + height() * (width() + 1);
    }

    /// Puts a picture together.
    ///
    /// @param tiles   F32 `[tiles(), tileTokens(), width]`
    /// @param newline ends each row
    /// @param out     F32 `[tokens(), width]`
    public void assemble(MemorySegment tiles, float[] newline, MemorySegment out) {
        long row = (long) newline.length * Float.BYTES;
        MemorySegment.copy(tiles, 0, out, 0, tileTokens() * row);
        long next = tileTokens() * row;
        for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; ) {
                int end = Math.min(right, (x / side + 1) * side); // of the run within a tile
                long tile = 1 + (long) (y / side) * columns + x / side;
                long patch = tile * tileTokens() + (long) (y % side) * side + x % side;
                MemorySegment.copy(tiles, patch * row, out, next, (end - x) * row);
                next += (end - x) * row;
                x = end;
            }
            MemorySegment.copy(newline, 0, out, ValueLayout.JAVA_FLOAT, next, newline.length);
            next += row;
        }
    }
}
