package io.vlm4j.graph;

import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What a [Decoder] shall see next, row by row: tokens, and embeddings that stand where tokens would. Immutable.
public final class InputRows {
    private static final int EMBEDDING = -1;

    private final int[] ids;
    private final float[] embeddings;
    private final int embedded;

    private InputRows(int[] ids, float[] embeddings, int embedded) {
        this.ids = ids;
        this.embeddings = embeddings;
        this.embedded = embedded;
    }

    /// Tokens alone.
    ///
    /// @throws IllegalArgumentException when there are none, or one is negative
    public static InputRows of(int... tokens) {
        return builder().tokens(tokens).build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /// The number of rows.
    public int size() {
        return ids.length;
    }

    /// The number of rows that are embeddings.
    public int embeddings() {
        return embedded;
    }

    /// The token of a row; negative for an embedding.
    ///
    /// @throws IndexOutOfBoundsException when there is no such row
    public int token(int row) {
        return ids[row];
    }

    /// The numbers of an embedding's row; 0 when there are none.
    public int width() {
        return embedded == 0 ? 0 : embeddings.length / embedded;
    }

    /// Copies the numbers of the `index`-th embedding.
    ///
    /// @throws IndexOutOfBoundsException when there is no such embedding
    public float[] embedding(int index) {
        if (index < 0 || index >= embedded) {
            throw new IndexOutOfBoundsException("there is no embedding " + index + " of " + embedded);
        }
        return Arrays.copyOfRange(embeddings, index * width(), (index + 1) * width());
    }

    @Override
    public String toString() {
        return size() + " rows, " + embedded + " of them embeddings";
    }

    /// Collects rows in their order. Not thread-safe.
    public static final class Builder {
        private final List<int[]> ids = new ArrayList<>();
        private final List<float[]> embeddings = new ArrayList<>();
        private int width;

        private Builder() {}

        /// @throws IllegalArgumentException when one is negative
        public Builder tokens(int... tokens) {
            for (int token : tokens) {
                if (token < 0) {
                    throw new IllegalArgumentException("there is no token " + token);
                }
            }
            ids.add(tokens.clone());
            return this;
        }

        /// @param rows F32 `[n, width]`, or one row `[width]`; copied
        /// @throws IllegalArgumentException for another type or shape, or another width than before
        public Builder embeddings(Tensor rows) {
            int rank = rows.shape().rank();
            if (rows.dtype() != DType.F32 || rank < 1 || rank > 2) {
                throw new IllegalArgumentException("embeddings must be F32 [n, width], not " + rows);
            }
            int newWidth = Math.toIntExact(rows.shape().dim(rank - 1));
            if (newWidth == 0 || (width != 0 && width != newWidth)) {
                throw new IllegalArgumentException("embeddings of " + newWidth + " numbers, after some of " + width);
            }
            width = newWidth;
            int[] places = new int[Math.toIntExact(rows.shape().elementCount() / newWidth)];
            Arrays.fill(places, EMBEDDING);
            ids.add(places);
            embeddings.add(rows.toFloatArray());
            return this;
        }

        /// @throws IllegalArgumentException when there are no rows
        public InputRows build() {
            int rows = ids.stream().mapToInt(part -> part.length).sum();
            if (rows == 0) {
                throw new IllegalArgumentException("there are no rows");
            }
            int[] allIds = new int[rows];
            int at = 0;
            for (int[] part : ids) {
                System.arraycopy(part, 0, allIds, at, part.length);
                at += part.length;
            }
            int numbers = embeddings.stream().mapToInt(part -> part.length).reduce(0, Math::addExact);
            float[] all = new float[numbers];
            at = 0;
            for (float[] part : embeddings) {
                System.arraycopy(part, 0, all, at, part.length);
                at += part.length;
            }
            return new InputRows(allIds, all, width == 0 ? 0 : numbers / width);
        }
    }
}
