package io.vlm4j.processing.internal;

import io.vlm4j.processing.ForwardImages;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.processing.Padding;
import io.vlm4j.processing.PixelValues;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Puts examples of different length into one input.
final class Batch {
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    private Batch() {}

    /// @param tokenTypes whether token types are made
    record Settings(int vocabularySize, int imageToken, int paddingToken, Padding padding, boolean tokenTypes) {}

    /// @param values of pictures of one size
    static ForwardInput of(List<TokenRow> rows, Settings settings, Optional<PixelValues> values) {
        return filled(rows, settings, values.map(found -> SeenImages.squares(rows, found, settings.imageToken())));
    }

    /// @param images what fills the image positions
    static ForwardInput filled(List<TokenRow> rows, Settings settings, Optional<ForwardImages> images) {
        int length = rows.stream().mapToInt(TokenRow::length).max().orElseThrow();
        if (length == 0) {
            throw new IllegalArgumentException("there is no token in the batch");
        }
        if ((long) length * rows.size() > LARGEST_ARRAY) {
            throw new IllegalArgumentException(
                    "a batch of " + rows.size() + " examples of " + length + " positions is too large");
        }
        Shape shape = Shape.of(rows.size(), length);
        int[] ids = new int[rows.size() * length];
        int[] mask = new int[ids.length];
        int[] labels = new int[ids.length];
        int[] types = new int[ids.length];
        Arrays.fill(ids, settings.paddingToken());
        Arrays.fill(labels, ForwardInput.IGNORED);
        for (int i = 0; i < rows.size(); i++) {
            TokenRow row = rows.get(i);
            int start = start(i, row, length, settings.padding());
            for (int k = 0; k < row.length(); k++) {
                int id = row.ids().get(k);
                ids[start + k] = id;
                mask[start + k] = 1;
                types[start + k] = id == settings.imageToken() ? 1 : 0;
                if (row.labelled().get(k)) {
                    labels[start + k] = id;
                }
            }
        }
        ForwardInput.Builder input = ForwardInput.builder(settings.vocabularySize())
                .inputIds(Tensor.ofInts(shape, ids))
                .attentionMask(Tensor.ofInts(shape, mask));
        if (rows.stream().anyMatch(TokenRow::hasAxes)) {
            input.positionIds(axes(rows, length, settings.padding()));
        }
        if (rows.stream().anyMatch(row -> !row.labelled().isEmpty())) {
            input.labels(Tensor.ofInts(shape, labels));
        }
        if (settings.tokenTypes()) {
            input.tokenTypeIds(Tensor.ofInts(shape, types));
        }
        images.ifPresent(input::images);
        return input.build();
    }

    private static int start(int index, TokenRow row, int length, Padding padding) {
        return index * length + (padding == Padding.LEFT ? length - row.length() : 0);
    }

    /// Positions on three axes; padding has 0, as in transformers 5.
    private static Tensor axes(List<TokenRow> rows, int length, Padding padding) {
        int each = rows.size() * length;
        int[] positions = new int[Math.multiplyExact(3, each)];
        for (int i = 0; i < rows.size(); i++) {
            TokenRow row = rows.get(i);
            int[][] axes = row.axes();
            for (int axis = 0; axis < axes.length; axis++) {
                System.arraycopy(axes[axis], 0, positions, axis * each + start(i, row, length, padding), row.length());
            }
        }
        return Tensor.ofInts(Shape.of(3, rows.size(), length), positions);
    }
}
