package io.vlm4j.training.internal;

import io.vlm4j.processing.ForwardInput;
import io.vlm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// One example without padding.
final class Sample {
    static final int IMAGE = -1;

    private final int[] ids;
    private final int[] labels;
    private final int[] supervised;
    private final int imageRows;
    private final @Nullable Tensor features;

    /// @param ids      of all rows; [#IMAGE] where a row of a picture stands
    /// @param labels   of all rows, not shifted; [ForwardInput#IGNORED] where nothing counts
    /// @param features F32 `[rows of pictures, width of the vision tower]`; null without pictures
    Sample(int[] ids, int[] labels, @Nullable Tensor features) {
        this.ids = ids.clone();
        this.labels = labels.clone();
        this.features = features;
        this.supervised = IntStream.range(0, ids.length - 1)
                .filter(row -> labels[row + 1] != ForwardInput.IGNORED)
                .toArray();
        this.imageRows = (int) Arrays.stream(ids).filter(id -> id == IMAGE).count();
    }

    int rows() {
        return ids.length;
    }

    int imageRows() {
        return imageRows;
    }

    int id(int row) {
        return ids[row];
    }

    int label(int row) {
        return labels[row];
    }

    /// The rows whose next row counts for the loss.
    int[] supervised() {
        return supervised.clone();
    }

    int supervisedRows() {
        return supervised.length;
    }

    @Nullable
    Tensor features() {
        return features;
    }
}
