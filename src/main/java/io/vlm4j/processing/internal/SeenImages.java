package io.vlm4j.processing.internal;

import io.vlm4j.media.internal.Rows;
import io.vlm4j.model.internal.TiledPicture;
import io.vlm4j.processing.ForwardImages;
import io.vlm4j.processing.ImageProcessor;
import io.vlm4j.processing.PixelValues;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// What fills the image positions of a batch.
final class SeenImages {
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    private SeenImages() {}

    /// Pictures of one size.
    static ForwardImages squares(List<TokenRow> rows, PixelValues values, int imageToken) {
        List<Integer> counts = rows.stream()
                .flatMap(row -> row.pictures().stream())
                .map(TokenRow.Picture::rows)
                .distinct()
                .toList();
        if (counts.size() != 1) {
            throw new IllegalArgumentException("pictures of one size take different numbers of positions: " + counts);
        }
        return new ForwardImages.Pictures(imageToken, counts.getFirst(), values.values(), values.pixels());
    }

    /// Pictures in tiles.
    ///
    /// @param tile how each is normalised
    static ForwardImages tiled(List<TiledPicture> pictures, ImageProcessor tile, int imageToken) {
        int size = tile.size();
        int each = size * size * Rows.CHANNELS;
        int count =
                pictures.stream().mapToInt(picture -> picture.layout().tiles()).reduce(0, Math::addExact);
        if ((long) each * count > LARGEST_ARRAY) {
            throw new IllegalArgumentException(
                    "a batch of " + count + " tiles of " + size + "x" + size + " pixels does not fit into one array");
        }
        byte[] bytes = new byte[each * count];
        float[] floats = new float[bytes.length];
        int[] sizes = new int[2 * pictures.size()];
        int next = 0;
        for (int i = 0; i < pictures.size(); i++) {
            TiledPicture picture = pictures.get(i);
            sizes[2 * i] = picture.height();
            sizes[2 * i + 1] = picture.width();
            System.arraycopy(picture.pixels(), 0, bytes, next, picture.pixels().length);
            next += picture.pixels().length;
        }
        for (int at = 0; at < bytes.length; at += each) {
            Fitting.normalise(Arrays.copyOfRange(bytes, at, at + each), tile, floats, at);
        }
        return new ForwardImages.TiledPictures(
                imageToken,
                pictures.stream().map(picture -> picture.layout().tiles()).toList(),
                pictures.stream().map(TiledPicture::tokens).toList(),
                Tensor.ofInts(Shape.of(pictures.size(), 2), sizes),
                Tensor.ofFloats(Shape.of(count, Rows.CHANNELS, size, size), floats),
                Tensor.ofBytes(Shape.of(count, size, size, Rows.CHANNELS), bytes));
    }
}
