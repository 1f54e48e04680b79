package io.vlm4j.sampling.internal;

import io.vlm4j.natives.llama.LlamaCandidates;
import io.vlm4j.sampling.Candidates;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.IntPredicate;

/// A view of native candidates, one object for the life of a sampler, open only during a call.
final class NativeCandidates implements Candidates {
    private MemorySegment array = MemorySegment.NULL;
    private MemorySegment data = MemorySegment.NULL;
    private int size;
    private boolean open;

    void open(MemorySegment pointer) {
        array = LlamaCandidates.array(pointer);
        data = LlamaCandidates.data(array);
        size = Math.toIntExact(LlamaCandidates.size(array));
        open = true;
    }

    void finish() {
        open = false;
        array = MemorySegment.NULL;
        data = MemorySegment.NULL;
    }

    private void check(int index) {
        checkOpen();
        Objects.checkIndex(index, size);
    }

    private void checkOpen() {
        if (!open) {
            throw new IllegalStateException("candidates are valid only during the call that they were given to");
        }
    }

    @Override
    public int size() {
        checkOpen();
        return size;
    }

    @Override
    public int token(int index) {
        check(index);
        return LlamaCandidates.token(data, index);
    }

    @Override
    public float logit(int index) {
        check(index);
        return LlamaCandidates.logit(data, index);
    }

    @Override
    public void setLogit(int index, float logit) {
        check(index);
        if (Float.isNaN(logit)) {
            throw new IllegalArgumentException("NaN as the logit of token " + token(index));
        }
        LlamaCandidates.setLogit(data, index, logit);
        LlamaCandidates.markUnsorted(array);
    }

    @Override
    public void keepIf(IntPredicate keep) {
        checkOpen();
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (keep.test(LlamaCandidates.token(data, i))) {
                LlamaCandidates.copy(data, i, kept++);
            }
        }
        if (kept == 0) {
            throw new IllegalStateException("a custom sampler ruled out all " + size + " candidates");
        }
        size = kept;
        LlamaCandidates.resize(array, kept);
    }
}
