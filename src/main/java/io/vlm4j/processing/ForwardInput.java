package io.vlm4j.processing;

import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a forward pass computes with: a batch of examples of one length, with the names and meanings of transformers.
/// An immutable value; everything in it was checked against everything else when it was made.
///
/// A [Processor] makes it from text and pictures; by hand it is made with [#builder(int)].
///
/// @param vocabularySize tokens of the model that it is for
/// @param inputIds       `I32` `[batch, length]`; image positions hold the image token, padding any token
/// @param attentionMask  `I32` `[batch, length]`: 1 for what is there, 0 for padding
/// @param positionIds    `I32` `[batch, length]`, or `[axes, batch, length]` for models with M-RoPE
/// @param labels         `I32` `[batch, length]`: the token itself where it counts for the loss, else [#IGNORED];
///     **not** shifted, as in transformers: the label at one position is what the position before it shall predict
/// @param tokenTypeIds   `I32` `[batch, length]`, for models that have them
/// @param images         what fills the image positions; empty when there are none
public record ForwardInput(
        int vocabularySize,
        Tensor inputIds,
        Tensor attentionMask,
        Tensor positionIds,
        Optional<Tensor> labels,
        Optional<Tensor> tokenTypeIds,
        Optional<ForwardImages> images) {
    /// The label of a position that does not count for the loss.
    public static final int IGNORED = -100;

    /// @throws IllegalArgumentException naming the part and the place: types or shapes that disagree, a token or label
    ///     outside of the vocabulary, a label on padding, a mask of other numbers than 0 and 1, an example in which
    ///     nothing is there, a negative position, more or fewer image positions than rows for them
    public ForwardInput {
        InputChecks.check(vocabularySize, inputIds, attentionMask, positionIds, labels, tokenTypeIds, images);
    }

    /// Begins an input for a model with a vocabulary of this size ([io.vlm4j.model.Tokenizer#size()]).
    public static Builder builder(int vocabularySize) {
        return new Builder(vocabularySize);
    }

    /// The number of examples.
    public int batchSize() {
        return Math.toIntExact(inputIds.shape().dim(0));
    }

    /// Positions of each example, padding included.
    public int length() {
        return Math.toIntExact(inputIds.shape().dim(1));
    }

    /// The pixel values, `[images, 3, height, width]`, of pictures in tiles `[tiles, 3, height, width]`; empty when
    /// there are no pictures, or only features of them.
    public Optional<Tensor> pixelValues() {
        return images.flatMap(found -> switch (found) {
            case ForwardImages.Pictures pictures -> Optional.of(pictures.pixelValues());
            case ForwardImages.TiledPictures pictures -> Optional.of(pictures.pixelValues());
            case ForwardImages.Features features -> Optional.empty();
        });
    }

    /// Height and width of each picture before it was cut into tiles, `[images, 2]`; empty when none was.
    public Optional<Tensor> imageSizes() {
        return images.flatMap(found -> found instanceof ForwardImages.TiledPictures pictures
                ? Optional.of(pictures.imageSizes())
                : Optional.empty());
    }

    /// The same input with other labels.
    ///
    /// @throws IllegalArgumentException as the constructor
    public ForwardInput withLabels(Tensor newLabels) {
        return new ForwardInput(
                vocabularySize, inputIds, attentionMask, positionIds, Optional.of(newLabels), tokenTypeIds, images);
    }

    /// The same input with its image positions filled by other rows: a reference's features in place of pictures.
    ///
    /// @throws IllegalArgumentException as the constructor
    public ForwardInput withImages(ForwardImages newImages) {
        return new ForwardInput(
                vocabularySize, inputIds, attentionMask, positionIds, labels, tokenTypeIds, Optional.of(newImages));
    }

    /// Collects the parts. What is not given: a mask of ones, positions that count what the mask lets through.
    public static final class Builder {
        private final int vocabularySize;
        private @Nullable Tensor inputIds;
        private @Nullable Tensor attentionMask;
        private @Nullable Tensor positionIds;
        private Optional<Tensor> labels = Optional.empty();
        private Optional<Tensor> tokenTypeIds = Optional.empty();
        private Optional<ForwardImages> images = Optional.empty();

        private Builder(int vocabularySize) {
            this.vocabularySize = vocabularySize;
        }

        /// `I32` `[batch, length]`.
        public Builder inputIds(Tensor value) {
            inputIds = Objects.requireNonNull(value, "inputIds");
            return this;
        }

        /// One example without padding.
        public Builder inputIds(int... ids) {
            return inputIds(Tensor.ofInts(Shape.of(1, ids.length), ids));
        }

        /// `I32` `[batch, length]` of 0 and 1.
        public Builder attentionMask(Tensor value) {
            attentionMask = Objects.requireNonNull(value, "attentionMask");
            return this;
        }

        /// `I32` `[batch, length]` or `[axes, batch, length]`.
        public Builder positionIds(Tensor value) {
            positionIds = Objects.requireNonNull(value, "positionIds");
            return this;
        }

        /// `I32` `[batch, length]`, [#IGNORED] where nothing counts.
        public Builder labels(Tensor value) {
            labels = Optional.of(value);
            return this;
        }

        /// The labels of one example.
        public Builder labels(int... value) {
            return labels(Tensor.ofInts(Shape.of(1, value.length), value));
        }

        /// `I32` `[batch, length]`.
        public Builder tokenTypeIds(Tensor value) {
            tokenTypeIds = Optional.of(value);
            return this;
        }

        public Builder images(ForwardImages value) {
            images = Optional.of(value);
            return this;
        }

        /// @throws IllegalArgumentException as the constructor
        /// @throws IllegalStateException when there are no input ids
        public ForwardInput build() {
            if (inputIds == null) {
                throw new IllegalStateException("an input needs inputIds");
            }
            InputChecks.requireMatrix("inputIds", inputIds);
            Tensor mask = attentionMask == null ? ones(inputIds.shape()) : attentionMask;
            InputChecks.requireSame("attentionMask", mask, inputIds.shape());
            Tensor positions = positionIds == null ? Padding.positions(mask) : positionIds;
            return new ForwardInput(vocabularySize, inputIds, mask, positions, labels, tokenTypeIds, images);
        }

        private static Tensor ones(Shape shape) {
            int[] ones = new int[Math.toIntExact(shape.elementCount())];
            Arrays.fill(ones, 1);
            return Tensor.ofInts(shape, ones);
        }
    }
}
