package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.media.Pixels;
import io.vlm4j.media.Resampling;
import io.vlm4j.media.internal.Canvas;
import io.vlm4j.media.internal.Resizer;
import io.vlm4j.media.internal.Rows;
import io.vlm4j.model.Tiling;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How a projector of LLaVA-NeXT's kind wants pictures cut, number for number as transformers does it with Pillow.
/// Immutable.
///
/// Source: `select_best_resolution`, `get_patch_output_size` and `LlavaNextImageProcessor` for pixels, `unpad_image`
/// and `pack_image_features` for what remains of the grid.
public final class PictureTiling {
    private static final int CHANNELS = Rows.CHANNELS;
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;
    private static final int DIGITS = 7; // that lengths are rounded to before they are cut off

    private final int size;
    private final int side;
    private final List<Resolution> resolutions;
    private final float[] newline;

    /// Pixels that pictures are fitted into, or have when they are.
    record Resolution(int width, int height) {}

    /// @param size        of a tile, in pixels
    /// @param side        patches along it
    /// @param resolutions multiples of `size`; one at least
    /// @param newline     ends each row of patches
    PictureTiling(int size, int side, List<Resolution> resolutions, float[] newline) {
        this.size = size;
        this.side = side;
        this.resolutions = List.copyOf(resolutions);
        this.newline = newline.clone();
    }

    /// What a file says; empty unless its tiles are merged.
    static Optional<PictureTiling> read(GgufFile file) {
        if (Tiling.of(file).kind() != Tiling.Kind.MERGED) {
            return Optional.empty();
        }
        int size = Math.toIntExact(file.integer("clip.vision.image_size").orElseThrow());
        int patch = Math.toIntExact(file.integer("clip.vision.patch_size").orElseThrow());
        long[] sides = TilingRules.pinpoints(file);
        List<Resolution> resolutions = new ArrayList<>();
        for (int i = 0; i < sides.length; i += 2) {
            resolutions.add(new Resolution(Math.toIntExact(sides[i]), Math.toIntExact(sides[i + 1])));
        }
        GgufTensor newline = TilingRules.newline(file).orElseThrow();
        float[] row = file.toTensor(newline.name()).toFloatArray();
        return Optional.of(new PictureTiling(size, size / patch, resolutions, row));
    }

    /// Pixels along each side of a tile.
    public int size() {
        return size;
    }

    /// Floats in a row of embeddings.
    int width() {
        return newline.length;
    }

    /// Puts the rows of a picture together.
    ///
    /// @param tiles F32 `[layout.tiles(), layout.tileTokens(), embedding size]`
    /// @param out   F32 `[layout.tokens(), embedding size]`
    public void assemble(TileLayout layout, MemorySegment tiles, MemorySegment out) {
        layout.assemble(tiles, newline, out);
    }

    /// Cuts a picture, which is borrowed.
    ///
    /// @throws InvalidMedia when it is too large to be resized
    public TiledPicture cut(Pixels pixels) {
        Rows picture = Rows.of(pixels);
        Resolution best = best(pixels.width(), pixels.height());
        TileLayout layout = layout(pixels.width(), pixels.height());
        long tileBytes = (long) size * size * CHANNELS;
        if (tileBytes * layout.tiles() > LARGEST_ARRAY) {
            throw new InvalidMedia("a picture of " + pixels.width() + "x" + pixels.height() + " pixels becomes "
                    + layout.tiles() + " tiles of " + size + "x" + size + ", which is too much");
        }
        byte[] tiles = new byte[(int) tileBytes * layout.tiles()];
        byte[] whole = Resizer.resize(Canvas.of(picture), Resampling.BICUBIC, Resizer.Window.all(size, size));
        System.arraycopy(whole, 0, tiles, 0, whole.length);
        Resolution fitted = fitted(pixels.width(), pixels.height(), best);
        byte[] resized = Resizer.resize(
                Canvas.of(picture), Resampling.BICUBIC, Resizer.Window.all(fitted.width(), fitted.height()));
        int left = (best.width() - fitted.width()) / 2;
        int top = (best.height() - fitted.height()) / 2;
        for (int y = 0; y < fitted.height(); y++) {
            for (int x = 0; x < fitted.width(); ) {
                int column = left + x;
                int count = Math.min(fitted.width() - x, size - column % size); // to the end of the tile
                int tile = 1 + (top + y) / size * layout.columns() + column / size;
                int at = (tile * size + (top + y) % size) * size + column % size;
                System.arraycopy(resized, (y * fitted.width() + x) * CHANNELS, tiles, at * CHANNELS, count * CHANNELS);
                x += count;
            }
        }
        return new TiledPicture(layout, pixels.width(), pixels.height(), size, tiles);
    }

    /// Of a picture of this many pixels.
    public TileLayout layout(int width, int height) {
        Resolution best = best(width, height);
        int columns = best.width() / size;
        int rows = best.height() / size;
        int patchColumns = columns * side;
        int patchRows = rows * side;
        int besides = 0;
        int above = 0;
        if ((double) width / height > (double) patchColumns / patchRows) {
            above = Math.floorDiv(patchRows - truncated(height * ((double) patchColumns / width)), 2);
        } else {
            besides = Math.floorDiv(patchColumns - truncated(width * ((double) patchRows / height)), 2);
        }
        return new TileLayout(columns, rows, side, besides, above, patchColumns - besides, patchRows - above);
    }

    /// Python's `int(round(length, 7))`.
    private static int truncated(double length) {
        return new BigDecimal(length).setScale(DIGITS, RoundingMode.HALF_EVEN).intValue();
    }

    /// The one that keeps most of the picture's pixels, and of several the one that has least beside.
    private Resolution best(int width, int height) {
        Resolution best = resolutions.getFirst();
        long most = 0;
        long least = Long.MAX_VALUE;
        for (Resolution resolution : resolutions) {
            double scale = Math.min((double) resolution.width() / width, (double) resolution.height() / height);
            long shownWidth = (long) (width * scale);
            long shownHeight = (long) (height * scale);
            long kept = Math.min(shownWidth * shownHeight, (long) width * height);
            long wasted = (long) resolution.width() * resolution.height() - kept;
            if (kept > most || (kept == most && wasted < least)) {
                best = resolution;
                most = kept;
                least = wasted;
            }
        }
        return best;
    }

    private static Resolution fitted(int width, int height, Resolution into) {
        double scaleX = (double) into.width() / width;
        double scaleY = (double) into.height() / height;
        return scaleX < scaleY
                ? new Resolution(into.width(), Math.min((int) Math.ceil(height * scaleX), into.height()))
                : new Resolution(Math.min((int) Math.ceil(width * scaleY), into.width()), into.height());
    }
}
