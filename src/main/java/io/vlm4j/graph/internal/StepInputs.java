package io.vlm4j.graph.internal;

import io.vlm4j.graph.InputRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The numbers that a decoder's graph is given for each evaluation, in memory that is used again and again.
final class StepInputs {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

    final MemorySegment tokens;
    final MemorySegment embeddings;
    final MemorySegment order;
    final MemorySegment positions;
    final MemorySegment keyCells;
    final MemorySegment valueCells;
    final MemorySegment mask;

    private final int width;
    private final int cacheWidth;
    private final int cells;

    /// @param rows       that are evaluated at once, at most
    /// @param width      of a row
    /// @param cacheWidth numbers of a cell's values
    /// @param cells      of the memory
    StepInputs(Arena arena, int rows, int width, int cacheWidth, int cells) {
        this.width = width;
        this.cacheWidth = cacheWidth;
        this.cells = cells;
        tokens = arena.allocate(INT, rows);
        order = arena.allocate(INT, rows);
        positions = arena.allocate(INT, rows);
        keyCells = arena.allocate(LONG, rows);
        valueCells = arena.allocate(LONG, (long) rows * cacheWidth);
        mask = arena.allocate(FLOAT, (long) rows * cells);
        embeddings = arena.allocate(FLOAT, (long) rows * width);
    }

    /// A single token.
    void fillToken(int token) {
        tokens.setAtIndex(INT, 0, token);
    }

    /// The rows from `from` on: tokens and embeddings each by themselves, and for each row where it is among the tokens
    /// followed by the embeddings.
    ///
    /// @param embedded how many embeddings come before `from`
    /// @return the number of tokens among them
    int fillRows(InputRows rows, int from, int count, int embedded) {
        int texts = 0;
        for (int i = 0; i < count; i++) {
            if (rows.token(from + i) >= 0) {
                tokens.setAtIndex(INT, texts++, rows.token(from + i));
            }
        }
        int text = 0;
        int embedding = 0;
        for (int i = 0; i < count; i++) {
            if (rows.token(from + i) >= 0) {
                order.setAtIndex(INT, i, text++);
            } else {
                order.setAtIndex(INT, i, texts + embedding);
                float[] numbers = rows.embedding(embedded + embedding);
                MemorySegment.copy(numbers, 0, embeddings, FLOAT, (long) embedding * width * Float.BYTES, width);
                embedding++;
            }
        }
        return texts;
    }

    /// Where `count` rows go whose first has this position, and what they see of the first `seen` cells: all up to
    /// themselves.
    void place(int position, int count, int seen) {
        for (int i = 0; i < count; i++) {
            int cell = position + i;
            positions.setAtIndex(INT, i, cell);
            keyCells.setAtIndex(LONG, i, cell);
            long base = (long) i * cacheWidth;
            for (int j = 0; j < cacheWidth; j++) {
                valueCells.setAtIndex(LONG, base + j, (long) j * cells + cell);
            }
            long row = (long) i * seen;
            for (int j = 0; j < seen; j++) {
                mask.setAtIndex(FLOAT, row + j, j <= cell ? 0 : Float.NEGATIVE_INFINITY);
            }
        }
    }
}
