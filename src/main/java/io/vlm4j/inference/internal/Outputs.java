package io.vlm4j.inference.internal;

/// After which tokens of the last evaluation there are logits, and which of those count.
final class Outputs {
    private static final int LAST = -1;

    private int rows;
    private int row = LAST;

    /// An evaluation computed logits after its last so many tokens; those after the very last count.
    void computed(int count) {
        rows = count;
        row = LAST;
    }

    boolean exist() {
        return rows > 0;
    }

    /// How many there are, counted from the first token of the last evaluation that had several.
    int rows() {
        return rows;
    }

    /// The logits that count, as an index of an output; negative for the last one.
    int row() {
        return row;
    }

    /// From now on those after this token of the last evaluation count.
    void choose(int index) {
        if (index < 0 || index >= rows) {
            throw new IllegalArgumentException("no logits were computed for output " + index + " of " + rows);
        }
        row = index;
    }

    /// The last tokens are gone; the logits that count stay if theirs is not among them.
    void forgetLast(int count) {
        rows = row == LAST || row >= rows - count ? 0 : rows - count;
    }
}
