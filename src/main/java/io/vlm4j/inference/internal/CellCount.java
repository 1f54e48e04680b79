package io.vlm4j.inference.internal;

import java.util.Arrays;

/// Counts the cells of a memory that sequences have in common: a cell is free when no sequence has it any more. Which
/// number stands for which native cell does not matter. Allocates nothing but where a sequence grows.
final class CellCount {
    private final int[] users; // of each cell
    private final int[] free; // a stack
    private int freeCells;
    private final int[][] cells; // of each sequence, in order
    private final int[] sizes;

    CellCount(int capacity, int sequences) {
        this.users = new int[capacity];
        this.free = new int[capacity];
        this.cells = new int[sequences][0];
        this.sizes = new int[sequences];
        reset();
    }

    void reset() {
        Arrays.fill(users, 0);
        Arrays.setAll(free, i -> i);
        Arrays.fill(sizes, 0);
        freeCells = free.length;
    }

    int free() {
        return freeCells;
    }

    int used() {
        return users.length - freeCells;
    }

    int size(int sequence) {
        return sizes[sequence];
    }

    /// Gives a sequence more cells.
    void take(int sequence, int count) {
        if (count > freeCells) {
            throw new IllegalStateException(count + " cells were taken, but only " + freeCells + " are free");
        }
        reserve(sequence, count);
        for (int i = 0; i < count; i++) {
            int cell = free[--freeCells];
            users[cell] = 1;
            cells[sequence][sizes[sequence]++] = cell;
        }
    }

    /// Gives an empty sequence the first cells of another one as well.
    void share(int source, int target, int count) {
        reserve(target, count);
        for (int i = 0; i < count; i++) {
            int cell = cells[source][i];
            users[cell]++;
            cells[target][sizes[target]++] = cell;
        }
    }

    /// Takes from a sequence all cells from this one on.
    void cut(int sequence, int from) {
        while (sizes[sequence] > from) {
            int cell = cells[sequence][--sizes[sequence]];
            if (--users[cell] == 0) {
                free[freeCells++] = cell;
            }
        }
    }

    private void reserve(int sequence, int more) {
        int needed = sizes[sequence] + more;
        if (needed > cells[sequence].length) {
            cells[sequence] = Arrays.copyOf(cells[sequence], Math.max(needed, 2 * cells[sequence].length));
        }
    }
}
