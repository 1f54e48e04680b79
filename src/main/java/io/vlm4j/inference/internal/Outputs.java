package io.vlm4j.inference.internal;

import io.vlm4j.natives.ffi.LentMemory;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;

/// After which tokens of the last evaluation there are logits, and which of those count.
final class Outputs {
    private static final int LAST = -1;

    private final StepEngine engine;
    private final int vocabulary;
    private int rows;
    private int row = LAST;

    Outputs(StepEngine engine, int vocabulary) {
        this.engine = engine;
        this.vocabulary = vocabulary;
    }

    /// An evaluation computed logits after its last so many tokens; those after the very last count.
    void computed(int count) {
        rows = count;
        row = LAST;
    }

    /// The logits that count, valid until the next evaluation.
    ///
    /// @throws IllegalStateException when there are none
    MemorySegment logits() {
        requireSome("no logits: no token was evaluated yet");
        return engine.logits(row, 1);
    }

    /// Lends all logits, `[rows, vocabulary]`, for the duration of the call.
    ///
    /// @throws IllegalStateException when there are none
    <T> T read(Function<Tensor, T> reader) {
        requireSome("no logits: no token was evaluated yet");
        int first = rows == 1 ? row : 0; // after a prompt only its last token has logits
        MemorySegment logits = engine.logits(first, rows);
        try (Arena loan = Arena.ofConfined()) {
            MemorySegment view = LentMemory.lend(logits, loan, () -> {});
            return reader.apply(Tensor.of(DType.F32, Shape.of(rows, vocabulary), view));
        }
    }

    /// @throws IllegalStateException saying `otherwise`, when there are none
    void requireSome(String otherwise) {
        if (rows == 0) {
            throw new IllegalStateException(otherwise);
        }
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
