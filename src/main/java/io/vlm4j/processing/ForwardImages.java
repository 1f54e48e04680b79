package io.vlm4j.processing;

import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.util.List;

/// What fills the image positions of a [ForwardInput]. Rows follow the positions in row-major order: example by
/// example, and within one from its beginning, as transformers scatters them.
///
/// Immutable as far as the tensors are, which are borrowed.
public sealed interface ForwardImages {
    /// The token id that marks an image position in `inputIds`. It may lie outside of the vocabulary: it is never
    /// looked up.
    int imageToken();

    /// The image positions that are filled, over all pictures.
    long rows();

    /// Pictures for the model's own vision tower.
    ///
    /// @param imageToken  marks an image position
    /// @param rowsPerImage image positions that each picture takes
    /// @param pixelValues what the tower computes with: [DType#F32] `[images, 3, height, width]`, normalised
    /// @param pixels      the same pictures as 8-bit RGB: [DType#U8] `[images, height, width, 3]`; they have the
    ///     tower's own size, so that preprocessing them once more changes nothing but the type
    record Pictures(int imageToken, int rowsPerImage, Tensor pixelValues, Tensor pixels) implements ForwardImages {
        /// @throws IllegalArgumentException when types or shapes are others, or no picture is there
        public Pictures {
            if (rowsPerImage < 1) {
                throw new IllegalArgumentException("a picture takes 1 position at least, not " + rowsPerImage);
            }
            Shape values = pixelValues.shape();
            if (pixelValues.dtype() != DType.F32
                    || values.rank() != 4
                    || values.dim(1) != 3
                    || values.elementCount() == 0) {
                throw new IllegalArgumentException("pixelValues must be F32 [images, 3, height, width], not "
                        + pixelValues.dtype() + " " + values);
            }
            Shape expected = Shape.of(values.dim(0), values.dim(2), values.dim(3), 3);
            if (pixels.dtype() != DType.U8 || !pixels.shape().equals(expected)) {
                throw new IllegalArgumentException("pixels beside pixelValues of shape " + values + " must be U8 "
                        + expected + ", not " + pixels.dtype() + " " + pixels.shape());
            }
        }

        /// The number of pictures.
        public int images() {
            return Math.toIntExact(pixelValues.shape().dim(0));
        }

        /// Rows of pixels of each picture.
        public int height() {
            return Math.toIntExact(pixelValues.shape().dim(2));
        }

        /// Pixels in a row.
        public int width() {
            return Math.toIntExact(pixelValues.shape().dim(3));
        }

        @Override
        public long rows() {
            return Math.multiplyExact((long) images(), rowsPerImage);
        }
    }

    /// Pictures for a tower that sees them in tiles which are merged (LLaVA-NeXT, see
    /// [io.vlm4j.model.Tiling.Kind#MERGED]).
    ///
    /// @param imageToken   marks an image position
    /// @param tiles        of each picture, the whole picture as the first of them
    /// @param rowsPerImage image positions that each picture takes, ends of rows included
    /// @param imageSizes   [DType#I32] `[images, 2]`: height and width of each picture before it was cut, in pixels
    /// @param pixelValues  what the tower computes with: [DType#F32] `[tiles of all pictures, 3, height, width]`,
    ///     normalised; without the empty tiles with which transformers fills up pictures that have fewer
    /// @param pixels       the same tiles as 8-bit RGB: [DType#U8] `[tiles of all pictures, height, width, 3]`
    record TiledPictures(
            int imageToken,
            List<Integer> tiles,
            List<Integer> rowsPerImage,
            Tensor imageSizes,
            Tensor pixelValues,
            Tensor pixels)
            implements ForwardImages {
        /// @throws IllegalArgumentException when types, shapes or numbers are others, or no picture is there
        public TiledPictures {
            tiles = List.copyOf(tiles);
            rowsPerImage = List.copyOf(rowsPerImage);
            int all = new Pictures(imageToken, 1, pixelValues, pixels).images();
            int sum = tiles.stream().mapToInt(Integer::intValue).reduce(0, Math::addExact);
            if (sum != all || tiles.stream().anyMatch(count -> count < 1)) {
                throw new IllegalArgumentException("pictures of " + tiles + " tiles cannot have " + all + " of them");
            }
            if (rowsPerImage.size() != tiles.size() || rowsPerImage.stream().anyMatch(rows -> rows < 1)) {
                throw new IllegalArgumentException(
                        tiles.size() + " pictures cannot take " + rowsPerImage + " positions");
            }
            if (imageSizes.dtype() != DType.I32 || !imageSizes.shape().equals(Shape.of(tiles.size(), 2))) {
                throw new IllegalArgumentException("imageSizes of " + tiles.size() + " pictures must be I32 [images, 2]"
                        + ", not " + imageSizes.dtype() + " " + imageSizes.shape());
            }
        }

        /// The number of pictures.
        public int images() {
            return tiles.size();
        }

        @Override
        public long rows() {
            return rowsPerImage.stream().mapToLong(Integer::longValue).sum();
        }

        /// The tiles as pictures by themselves, as the tower sees them.
        ///
        /// @param rowsPerTile rows that the projector makes of each
        public Pictures asPictures(int rowsPerTile) {
            return new Pictures(imageToken, rowsPerTile, pixelValues, pixels);
        }
    }

    /// Rows that are there already, in the width of the model's input embeddings: those of another run, of a
    /// reference, or of a projector that is being trained.
    ///
    /// @param imageToken marks an image position
    /// @param features   [DType#F32] `[rows, width]` or `[images, rows of one image, width]`
    record Features(int imageToken, Tensor features) implements ForwardImages {
        /// @throws IllegalArgumentException when type or shape are others, or no row is there
        public Features {
            Shape shape = features.shape();
            if (features.dtype() != DType.F32 || shape.rank() < 2 || shape.rank() > 3 || shape.elementCount() == 0) {
                throw new IllegalArgumentException("image features must be F32 [rows, width] or [images, rows, width],"
                        + " not " + features.dtype() + " " + shape);
            }
        }

        /// Floats in a row.
        public int width() {
            return Math.toIntExact(features.shape().dim(features.shape().rank() - 1));
        }

        @Override
        public long rows() {
            return features.shape().elementCount() / width();
        }
    }
}
