package io.vlm4j.inference.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.internal.LlamaMedium;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.model.internal.OpenProjector;
import io.vlm4j.model.internal.PreparedMedium;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.llama.LlamaBatch;
import io.vlm4j.natives.llama.LlamaContexts;
import io.vlm4j.natives.llama.LlamaProbabilities;
import io.vlm4j.natives.shim.SequenceStates;
import io.vlm4j.natives.shim.Shim;
import io.vlm4j.sampling.internal.SamplerImpl;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A context of llama.cpp.
final class LlamaEngine implements StepEngine {
    private final ContextParts parts;
    private final NativeHandle handle;
    private final int vocabulary;
    private final LlamaProbabilities probabilities;
    private final int batchSize;

    LlamaEngine(ModelImpl model, ContextParts parts) {
        this.parts = parts;
        this.handle = parts.handle();
        this.vocabulary = model.tokenizer().size();
        this.probabilities = new LlamaProbabilities(InferenceContext.MAX_ALTERNATIVES, parts.arena());
        this.batchSize = LlamaContexts.batchSize(handle.segment());
    }

    /// The native context.
    NativeHandle handle() {
        return handle;
    }

    @Override
    public String description() {
        return handle.description();
    }

    @Override
    public void requireUsable() {
        handle.segment();
    }

    @Override
    public boolean isClosed() {
        return handle.isClosed();
    }

    @Override
    public boolean isDamaged() {
        return handle.isDamaged();
    }

    @Override
    public Arena arena() {
        return parts.arena();
    }

    @Override
    public MemorySegment interruptFlag() {
        return parts.interruptFlag();
    }

    @Override
    public int contextLength() {
        return LlamaContexts.contextLength(handle.segment());
    }

    @Override
    public int sequenceLength() {
        return LlamaContexts.sequenceLength(handle.segment());
    }

    @Override
    public int batchSize() {
        return batchSize;
    }

    @Override
    public int decode(LlamaBatch batch) {
        return LlamaContexts.decode(handle.segment(), batch.segment());
    }

    @Override
    public int decodeMedium(
            OpenProjector projector,
            PreparedMedium medium,
            MemorySegment rows,
            PreparedMedium.Place place,
            int first,
            int count) {
        LlamaMedium prepared = (LlamaMedium) medium;
        return first == 0 && count == medium.tokens()
                ? prepared.decode(projector, handle.segment(), rows, place, batchSize)
                : prepared.decodeRows(projector, handle.segment(), rows, place, first, count);
    }

    @Override
    public Vlm4jException failure(String what, long logMark) {
        return Shim.failure(Vlm4jException.Inference::new, what, logMark, handle.segment());
    }

    @Override
    public void synchronize() {
        LlamaContexts.synchronize(handle.segment());
    }

    @Override
    public MemorySegment logits(int row, int count) {
        return LlamaContexts.logits(handle.segment(), row, count, vocabulary);
    }

    @Override
    public int sample(SamplerImpl sampler, int row) {
        return sampler.sample(handle.segment(), row);
    }

    @Override
    public void logProbabilities(int row, int token, int[] ids, float[] values) {
        probabilities.read(handle.segment(), row, token, ids, values);
    }

    @Override
    public void clear() {
        LlamaContexts.clear(handle.segment());
    }

    @Override
    public boolean remove(int sequence, int from, int to) {
        return LlamaContexts.remove(handle.segment(), sequence, from, to);
    }

    @Override
    public boolean canMove() {
        return LlamaContexts.canMove(handle.segment());
    }

    @Override
    public void move(int sequence, int from, int distance) {
        LlamaContexts.move(handle.segment(), sequence, from, distance);
    }

    @Override
    public void copy(int source, int target, int from, int to) {
        LlamaContexts.copy(handle.segment(), source, target, from, to);
    }

    @Override
    public int lastPosition(int sequence) {
        return LlamaContexts.lastPosition(handle.segment(), sequence);
    }

    @Override
    public long stateSize(int sequence) {
        return SequenceStates.size(handle.segment(), sequence);
    }

    @Override
    public MemorySegment state(int sequence, long size, Arena arena) {
        return SequenceStates.get(handle.segment(), sequence, size, arena);
    }

    @Override
    public boolean restore(int sequence, MemorySegment state) {
        return SequenceStates.set(handle.segment(), sequence, state);
    }

    @Override
    public void close() {
        parts.close();
    }

    @Override
    public String toString() {
        return handle.toString();
    }
}
