package io.vlm4j.natives.llama;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.shim.Shim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The probabilities of a context's next token, computed natively over the whole vocabulary: only those asked for come
/// to Java. The buffers are allocated once. Belongs to one context; one thread at a time.
public final class LlamaProbabilities {
    private static final int NO_LOGITS = -1001; // vlm4j.h: VLM4J_ERROR_NO_LOGITS

    private final MemorySegment ids;
    private final MemorySegment values;

    /// @param mostTop the largest number of alternatives that will be asked for
    /// @param arena   lives as long as the context
    public LlamaProbabilities(int mostTop, Arena arena) {
        ids = arena.allocate(ValueLayout.JAVA_INT, mostTop + 1L);
        values = arena.allocate(ValueLayout.JAVA_FLOAT, mostTop + 1L);
    }

    /// Natural logarithms of probabilities at output `index` (-1: the last), as the model gives them: of `token` into
    /// the arrays' first place, of the most probable ones, best first, into the others. No allocation.
    ///
    /// @throws IllegalStateException when no logits were computed there
    /// @throws Vlm4jException.Inference when the token is not in the vocabulary, or more were asked for than there are
    public void read(MemorySegment context, int index, int token, int[] intoIds, float[] intoValues) {
        int code = ShimH.vlm4j_log_probabilities(context, index, token, intoIds.length - 1, ids, values);
        if (code == NO_LOGITS) {
            throw new IllegalStateException("no logits were computed for output " + index);
        }
        finish(code, token, context, intoIds, intoValues);
    }

    /// As [#read], by the logits of the whole vocabulary that lie in `logits`. No allocation.
    public void readFrom(MemorySegment logits, int token, int[] intoIds, float[] intoValues) {
        int size = (int) (logits.byteSize() / Float.BYTES);
        int code = ShimH.vlm4j_log_probabilities_of(logits, size, token, intoIds.length - 1, ids, values);
        finish(code, token, MemorySegment.NULL, intoIds, intoValues);
    }

    private void finish(int code, int token, MemorySegment context, int[] intoIds, float[] intoValues) {
        if (code != 0) {
            throw Shim.failure(
                    Vlm4jException.Inference::new,
                    "cannot compute the probability of token " + token,
                    Shim.NO_LOG,
                    context);
        }
        MemorySegment.copy(ids, ValueLayout.JAVA_INT, 0, intoIds, 0, intoIds.length);
        MemorySegment.copy(values, ValueLayout.JAVA_FLOAT, 0, intoValues, 0, intoValues.length);
    }
}
