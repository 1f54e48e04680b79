package io.vlm4j.forward.internal;

import io.vlm4j.forward.Output;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Keeps the logits that are wanted, and scores those that labels count at.
final class LogitsOut implements RowLogits {
    private final int first;
    private final int end;
    private final Shape shape;
    private final @Nullable MemorySegment kept;
    private final @Nullable LossSum losses;

    LogitsOut(Request request, OutputMemory memory) {
        int vocabulary = request.input().vocabularySize();
        first = request.what().firstLogits();
        end = request.endLogits();
        shape = Shape.of(request.input().batchSize(), Math.max(0, end - first), vocabulary);
        kept = request.what().wants(Output.LOGITS) ? memory.floats(shape.elementCount()) : null;
        losses = request.what().wants(Output.LOSS) ? new LossSum(request.input().batchSize(), vocabulary) : null;
    }

    @Override
    public boolean wants(Example example, int row) {
        return (losses != null && example.counts(row)) || isKept(example, row);
    }

    private boolean isKept(Example example, int row) {
        int column = example.firstColumn() + row;
        return kept != null && column >= first && column < end;
    }

    @Override
    public void accept(Example example, int row, MemorySegment logits) {
        if (kept != null && isKept(example, row)) {
            long place = (long) example.index() * (end - first) + example.firstColumn() + row - first;
            MemorySegment.copy(logits, 0, kept, place * logits.byteSize(), logits.byteSize());
        }
        if (losses != null && example.counts(row)) {
            losses.add(example.index(), logits, example.label(row + 1));
        }
    }

    Optional<LossSum> losses() {
        return Optional.ofNullable(losses);
    }

    Optional<Tensor> tensor() {
        return Optional.ofNullable(kept).map(memory -> Tensor.of(DType.F32, shape, memory));
    }
}
