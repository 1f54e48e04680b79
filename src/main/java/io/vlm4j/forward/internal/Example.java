package io.vlm4j.forward.internal;

import io.vlm4j.processing.ForwardImages;
import io.vlm4j.processing.ForwardInput;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// One example of a batch without its padding.
final class Example {
    private static final int TOKEN = -1;

    private final int index;
    private final int firstColumn;
    private final int[] ids;
    private final int[] labels;
    private final long[] imageRows;
    private final int[][] positions;

    /// @param index       in the batch
    /// @param firstColumn padding on its left
    /// @param ids         of the tokens; anything at image positions
    /// @param labels      [ForwardInput#IGNORED] where nothing counts
    /// @param imageRows   for each position the number of the image row that fills it, over the whole batch; -1 for
    ///     a token
    /// @param positions   for each axis (1, or those of M-RoPE) that of every row
    private Example(int index, int firstColumn, int[] ids, int[] labels, long[] imageRows, int[][] positions) {
        this.index = index;
        this.firstColumn = firstColumn;
        this.ids = ids;
        this.labels = labels;
        this.imageRows = imageRows;
        this.positions = positions;
    }

    int index() {
        return index;
    }

    int firstColumn() {
        return firstColumn;
    }

    int length() {
        return ids.length;
    }

    int id(int row) {
        return ids[row];
    }

    int label(int row) {
        return labels[row];
    }

    /// The number of the image row that fills this one.
    long imageRow(int row) {
        return imageRows[row];
    }

    boolean isImage(int row) {
        return imageRows[row] != TOKEN;
    }

    int axes() {
        return positions.length;
    }

    int position(int axis, int row) {
        return positions[axis][row];
    }

    /// Whether the logits of a row are scored.
    boolean counts(int row) {
        return row + 1 < labels.length && labels[row + 1] != ForwardInput.IGNORED;
    }

    /// The end of the run of tokens, or of successive image rows, that begins at `row`.
    int runEnd(int row) {
        int end = row + 1;
        while (end < length() && isImage(end) == isImage(row)) {
            end++;
        }
        return end;
    }

    /// @throws IllegalArgumentException when padding lies between what is there, or positions have gaps
    static List<Example> of(ForwardInput input) {
        int length = input.length();
        int[] ids = input.inputIds().toIntArray();
        int[] mask = input.attentionMask().toIntArray();
        int[] labels = input.labels().map(tensor -> tensor.toIntArray()).orElseGet(() -> {
            int[] none = new int[ids.length];
            Arrays.fill(none, ForwardInput.IGNORED);
            return none;
        });
        long[] imageRows = imageRows(ids, input);
        int[] positions = input.positionIds().toIntArray();
        int axes = positions.length / ids.length;
        List<Example> examples = new ArrayList<>();
        for (int example = 0; example < input.batchSize(); example++) {
            int start = example * length;
            int from = start;
            while (mask[from] == 0) {
                from++;
            }
            int to = from;
            while (to < start + length && mask[to] == 1) {
                to++;
            }
            requirePadding(mask, example, to - start, length);
            int[][] own = new int[axes][];
            for (int axis = 0; axis < axes; axis++) {
                own[axis] = Arrays.copyOfRange(positions, axis * ids.length + from, axis * ids.length + to);
            }
            if (axes == 1) {
                requireSuccessive(own[0], example, from - start);
            }
            examples.add(new Example(
                    example,
                    from - start,
                    Arrays.copyOfRange(ids, from, to),
                    Arrays.copyOfRange(labels, from, to),
                    Arrays.copyOfRange(imageRows, from, to),
                    own));
        }
        return examples;
    }

    /// Rows follow the image positions in the order of the batch.
    private static long[] imageRows(int[] ids, ForwardInput input) {
        long[] rows = new long[ids.length];
        Arrays.fill(rows, TOKEN);
        if (input.images().isPresent()) {
            ForwardImages images = input.images().get();
            long next = 0;
            for (int i = 0; i < ids.length; i++) {
                if (ids[i] == images.imageToken()) {
                    rows[i] = next++;
                }
            }
        }
        return rows;
    }

    private static void requirePadding(int[] mask, int example, int column, int length) {
        for (int i = column; i < length; i++) {
            if (mask[example * length + i] != 0) {
                throw new IllegalArgumentException("attentionMask of example " + example + " is 0 at position " + column
                        + " and 1 again at " + i + "; only padding at the ends can be left out");
            }
        }
    }

    private static void requireSuccessive(int[] positions, int example, int firstColumn) {
        for (int i = 1; i < positions.length; i++) {
            if (positions[i] != positions[i - 1] + 1) {
                throw new IllegalArgumentException("positionIds of example " + example + " go from " + positions[i - 1]
                        + " to " + positions[i] + " at position " + (firstColumn + i) + "; they must be successive");
            }
        }
    }
}
