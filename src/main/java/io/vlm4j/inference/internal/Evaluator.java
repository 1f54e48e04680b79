package io.vlm4j.inference.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.model.Projector;
import io.vlm4j.model.internal.MediaEmbeddings;
import io.vlm4j.model.internal.OpenProjector;
import io.vlm4j.model.internal.PreparedMedium;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.natives.llama.LlamaBatch;
import io.vlm4j.natives.llama.LlamaContexts;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.prompt.internal.TokenizedPromptImpl;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Evaluates tokens and media into a context's memory, and keeps account of what that left there: on failure the memory
/// is what it was before.
final class Evaluator {
    private final StepEngine engine;
    private final ContextMemory memory;
    private final Outputs outputs;
    private final InterruptFlag interruption;
    private final AttachedAdapters adapters;
    private final @Nullable LayerWatcher watcher;
    private final LlamaBatch batch;
    private final int contextLength;
    private final int batchSize;

    /// @param watcher who looks at layers; null when they cannot be seen
    Evaluator(
            StepEngine engine,
            ContextMemory memory,
            Outputs outputs,
            InterruptFlag interruption,
            AttachedAdapters adapters,
            @Nullable LayerWatcher watcher) {
        this.engine = engine;
        this.memory = memory;
        this.outputs = outputs;
        this.interruption = interruption;
        this.adapters = adapters;
        this.watcher = watcher;
        this.contextLength = engine.sequenceLength();
        this.batchSize = engine.batchSize();
        this.batch = new LlamaBatch(batchSize, engine.arena());
    }

    int contextLength() {
        return contextLength;
    }

    int batchSize() {
        return batchSize;
    }

    /// Evaluates the first `count` of these tokens with logits after each, in one batch. No allocation.
    void decodeAll(int[] ids, int count) {
        requireRoom(count);
        int cell = memory.tokens();
        int start = memory.position();
        batch.clear();
        for (int i = 0; i < count; i++) {
            batch.add(ids[i], start + i, ContextMemory.SEQUENCE, true);
        }
        evaluateBatch(cell, cell, count);
        for (int i = 0; i < count; i++) {
            memory.contents().add(ids[i]);
        }
        outputs.computed(count);
    }

    /// Evaluates the tokens from `first` on, in batches; on failure all of them are forgotten again.
    void decode(int[] ids, int first, boolean wantLogits) {
        int cell = memory.tokens();
        int start = memory.position();
        boolean all = watcher != null && watcher.wantsHidden(); // the last layer has only rows that are put out
        for (int from = first; from < ids.length; from += batchSize) {
            int to = Math.min(ids.length, from + batchSize);
            batch.clear();
            for (int i = from; i < to; i++) {
                boolean output = all || (wantLogits && i == ids.length - 1);
                batch.add(ids[i], start + i - first, ContextMemory.SEQUENCE, output);
            }
            evaluateBatch(cell, cell + from - first, to - from);
        }
        for (int i = first; i < ids.length; i++) {
            memory.contents().add(ids[i]);
        }
        outputs.computed(wantLogits ? 1 : 0);
    }

    /// Evaluates a prompt but for its first cells, which are there.
    void decode(TokenizedPrompt prompt, int kept, @Nullable Projector projector, EvaluationListener listener) {
        int before = memory.tokens();
        int cell = 0; // of the prompt
        try {
            for (int i = 0; i < prompt.chunks().size(); i++) {
                TokenizedPrompt.Chunk chunk = prompt.chunks().get(i);
                int end = cell + chunk.tokens();
                if (end > kept) {
                    boolean last = i == prompt.chunks().size() - 1;
                    switch (chunk) {
                        case TokenizedPrompt.TextChunk text ->
                            decodeText(text, Math.max(0, kept - cell), last, listener);
                        case TokenizedPrompt.MediaChunk media ->
                            decodeMedia((TokenizedPromptImpl) prompt, i, media, projector, listener);
                    }
                }
                cell = end;
            }
        } catch (Throwable t) {
            forgetFrom(Math.min(before, memory.tokens()));
            throw t;
        }
    }

    private void decodeText(
            TokenizedPrompt.TextChunk text, int first, boolean wantLogits, EvaluationListener listener) {
        long start = System.nanoTime();
        decode(text.ids().stream().mapToInt(Integer::intValue).toArray(), first, wantLogits);
        listener.onEvaluated(text.tokens() - first, Duration.ofNanos(System.nanoTime() - start));
    }

    private void decodeMedia(
            TokenizedPromptImpl prompt,
            int index,
            TokenizedPrompt.MediaChunk media,
            @Nullable Projector projector,
            EvaluationListener listener) {
        if (projector == null) {
            throw new IllegalArgumentException("the prompt has pictures, but no projector was given");
        }
        OpenProjector encoder = (OpenProjector) projector;
        PreparedMedium medium = prompt.medium(index);
        long start = System.nanoTime();
        try (MediaEmbeddings embeddings = encoder.encode(medium, media.contentId())) {
            long encoded = System.nanoTime();
            listener.onMediaEncoded(index, media.tokens(), Duration.ofNanos(encoded - start), embeddings.cached());
            interruption.refuseWhenRaised();
            int cell = memory.tokens();
            MemorySegment rows = embeddings.tensor().segment();
            if (watcher != null) {
                watcher.begin(cell);
                watcher.embeddings(rows, media.tokens());
            }
            long mark = NativeLog.mark();
            PreparedMedium.Place place = new PreparedMedium.Place(memory.position(), ContextMemory.SEQUENCE);
            int code = adapters.settle(() -> engine.decodeMedium(encoder, medium, rows, place, 0, media.tokens()));
            adapters.unsettle(); // some models see pictures without causal attention
            if (code != 0) {
                fail(code, cell, mark);
            }
            endWatch(cell + media.tokens(), false);
            memory.contents().add(media, projector);
            outputs.computed(0); // a picture has none
            listener.onEvaluated(media.tokens(), Duration.ofNanos(System.nanoTime() - encoded));
        }
    }

    /// @throws Vlm4jException.ContextFull unless so many tokens fit
    void requireRoom(int count) {
        if (memory.tokens() + count > contextLength) {
            throw new Vlm4jException.ContextFull(count + " tokens do not fit into a context of " + contextLength
                    + " that holds " + memory.tokens() + " already; shorten the prompt or raise contextLength");
        }
    }

    /// @param restoreCell what is kept on failure
    /// @param firstCell   of the batch
    private void evaluateBatch(int restoreCell, int firstCell, int count) {
        if (interruption.isRaised()) { // before anything began: native code would begin, and complain
            forgetFrom(restoreCell);
            interruption.refuseWhenRaised();
        }
        if (watcher != null) {
            watcher.begin(firstCell);
        }
        int code = adapters.areSettled() ? engine.decode(batch) : adapters.settle(() -> engine.decode(batch));
        if (code != 0) {
            fail(code, restoreCell, Long.MAX_VALUE);
        }
        try {
            endWatch(firstCell + count, true);
        } catch (Throwable t) {
            forgetFrom(restoreCell);
            throw t;
        }
    }

    private void endWatch(int cell, boolean outputs) {
        if (watcher != null) {
            engine.synchronize();
            watcher.end(cell, outputs, engine.description());
        }
    }

    private void fail(int code, int restoreCell, long logMark) {
        boolean interrupted = interruption.isRaised();
        int held = memory.tokens();
        String what = "llama_decode failed at position " + memory.contents().position(restoreCell);
        Vlm4jException failure = code == LlamaContexts.EXCEPTION
                ? engine.failure(what, logMark)
                : new Vlm4jException.Inference(what + ": code " + code);
        if (engine.isDamaged()) {
            throw failure;
        }
        forgetFrom(restoreCell);
        if (code == LlamaContexts.ABORTED || interrupted) {
            interruption.lower();
            throw new Vlm4jException.Cancelled("the evaluation was interrupted");
        }
        if (code == LlamaContexts.NO_SLOT) {
            throw new Vlm4jException.ContextFull(
                    "no room in the context's memory after " + held + " of " + contextLength + " tokens");
        }
        throw failure;
    }

    void forgetFrom(int cell) {
        outputs.computed(0);
        if (!engine.isDamaged()) { // else there is nothing to rely on any more
            memory.cut(cell);
        }
    }
}
