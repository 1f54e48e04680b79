package io.vlm4j.inference.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.model.internal.ProjectorImpl;
import io.vlm4j.model.internal.TokenizerImpl;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.natives.ffi.ThreadGuard;
import io.vlm4j.natives.llama.LlamaBatch;
import io.vlm4j.natives.llama.LlamaContexts;
import io.vlm4j.natives.mtmd.MtmdProjectors;
import io.vlm4j.natives.shim.Shim;
import io.vlm4j.natives.shim.ThreadPools;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.prompt.internal.TokenizedPromptImpl;
import io.vlm4j.runtime.Device;
import io.vlm4j.runtime.NativeRuntime;
import io.vlm4j.sampling.Sampler;
import io.vlm4j.sampling.internal.SamplerImpl;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A native context with one sequence, its batch and its threads.
public final class InferenceContextImpl implements InferenceContext {
    private static final int SEQUENCE = 0;
    private static final int LAST = -1;

    private final ModelImpl model;
    private final TokenizerImpl tokenizer;
    private final NativeHandle handle;
    private final Optional<NativeHandle> threads;
    private final Arena arena; // batch and interrupt flag; outlives the native context
    private final LlamaBatch batch;
    private final MemorySegment interruptFlag;
    private final ThreadGuard guard;
    private final int contextLength;
    private final int batchSize;
    private int tokens;
    private int position;
    private boolean hasLogits;
    private long user; // who has begun last, see claim()

    private InferenceContextImpl(
            ModelImpl model, NativeHandle handle, Optional<NativeHandle> threads, Arena arena, MemorySegment flag) {
        this.model = model;
        this.tokenizer = (TokenizerImpl) model.tokenizer();
        this.handle = handle;
        this.threads = threads;
        this.arena = arena;
        this.interruptFlag = flag;
        this.guard = new ThreadGuard("the " + handle.description());
        this.contextLength = LlamaContexts.sequenceLength(handle.segment());
        this.batchSize = LlamaContexts.batchSize(handle.segment());
        this.batch = new LlamaBatch(batchSize, arena);
    }

    public static InferenceContextImpl create(Model model, ContextOptions options) {
        ModelImpl owner = (ModelImpl) model;
        int length = options.contextLength() > 0
                ? options.contextLength()
                : Math.min(model.trainedContextLength(), ContextOptions.DEFAULT_LENGTH);
        MemoryEstimate.of(owner, options, length).requireRoom();
        return owner.handle().newChild(() -> build(owner, options, length));
    }

    @SuppressWarnings("MustBeClosedChecker") // the arena lives as long as what is returned
    private static InferenceContextImpl build(ModelImpl owner, ContextOptions options, int length) {
        Deque<AutoCloseable> made = new ArrayDeque<>(); // to be undone, newest first, if a step fails
        try {
            Arena arena = Arena.ofShared();
            made.push(arena);
            MemorySegment flag = arena.allocate(ValueLayout.JAVA_BYTE);
            Optional<NativeHandle> threads = ThreadPools.create(options.threads(), options.batchThreads());
            threads.ifPresent(made::push);
            NativeHandle handle = LlamaContexts.create(
                    owner.handle().description(), owner.handle().segment(), parameters(options, length), flag);
            made.push(handle);
            threads.ifPresent(pool -> ThreadPools.attach(pool.segment(), handle.segment()));
            return new InferenceContextImpl(owner, handle, threads, arena, flag);
        } catch (Throwable t) {
            made.forEach(part -> closeAfter(t, part));
            throw t;
        }
    }

    private static void closeAfter(Throwable failure, AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            failure.addSuppressed(e);
        }
    }

    private static LlamaContexts.Parameters parameters(ContextOptions options, int length) {
        int batchSize = Math.min(options.batchSize(), length);
        return new LlamaContexts.Parameters(
                length,
                batchSize,
                Math.min(options.microBatchSize(), batchSize),
                1,
                options.threads(),
                options.batchThreads(),
                flashAttention(options.flashAttention()),
                LlamaContexts.CacheType.valueOf(options.cacheType().name()),
                false);
    }

    private static LlamaContexts.FlashAttention flashAttention(FlashAttention choice) {
        if (choice != FlashAttention.AUTO) {
            return LlamaContexts.FlashAttention.valueOf(choice.name());
        }
        boolean onlyCpu = NativeRuntime.load().devices().stream()
                .noneMatch(device -> device.kind() == Device.Kind.GPU || device.kind() == Device.Kind.INTEGRATED_GPU);
        return onlyCpu ? LlamaContexts.FlashAttention.OFF : LlamaContexts.FlashAttention.AUTO;
    }

    @Override
    public Model model() {
        return model;
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public int tokens() {
        return tokens;
    }

    @Override
    public int position() {
        return position;
    }

    @Override
    public void decode(int token) {
        tokenizer.check(token);
        guard.enter();
        try {
            requireRoom(1);
            batch.clear();
            batch.add(token, position, SEQUENCE, true);
            evaluateBatch(position);
            advance(1, 1);
        } finally {
            guard.exit();
        }
    }

    @Override
    public void decode(int[] ids) {
        if (ids.length == 0) {
            throw new IllegalArgumentException("no tokens to evaluate");
        }
        tokenizer.check(ids);
        guard.enter();
        try {
            requireRoom(ids.length);
            decodeText(ids, true);
        } finally {
            guard.exit();
        }
    }

    /// Evaluates in batches; on failure everything from the first of these tokens on is forgotten again.
    private void decodeText(int[] ids, boolean wantLogits) {
        int start = position;
        for (int from = 0; from < ids.length; from += batchSize) {
            int to = Math.min(ids.length, from + batchSize);
            batch.clear();
            for (int i = from; i < to; i++) {
                batch.add(ids[i], start + i, SEQUENCE, wantLogits && i == ids.length - 1);
            }
            evaluateBatch(start);
        }
        advance(ids.length, ids.length);
        hasLogits = wantLogits;
    }

    private void advance(int moreTokens, int morePositions) {
        tokens += moreTokens;
        position += morePositions;
        hasLogits = true;
    }

    @Override
    public void decode(TokenizedPrompt prompt, @Nullable Projector projector, EvaluationListener listener) {
        ((TokenizedPromptImpl) prompt).requireMadeFor(model, projector);
        guard.enter();
        try {
            requireRoom(prompt.tokens());
            evaluate(prompt, projector, listener);
        } finally {
            guard.exit();
        }
    }

    private void evaluate(TokenizedPrompt prompt, @Nullable Projector projector, EvaluationListener listener) {
        int tokensBefore = tokens;
        int positionBefore = position;
        try {
            for (int i = 0; i < prompt.chunks().size(); i++) {
                boolean last = i == prompt.chunks().size() - 1;
                switch (prompt.chunks().get(i)) {
                    case TokenizedPrompt.TextChunk text -> {
                        long start = System.nanoTime();
                        decodeText(
                                text.ids().stream().mapToInt(Integer::intValue).toArray(), last);
                        listener.onEvaluated(text.tokens(), Duration.ofNanos(System.nanoTime() - start));
                    }
                    case TokenizedPrompt.MediaChunk media ->
                        decodeMedia((TokenizedPromptImpl) prompt, i, media, projector, listener);
                }
            }
        } catch (Throwable t) {
            tokens = tokensBefore;
            position = positionBefore;
            forgetFrom(positionBefore); // a memory that cannot be cut is lost as a whole, and counted so
            throw t;
        }
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
        ProjectorImpl encoder = (ProjectorImpl) projector;
        MemorySegment chunk = prompt.nativeChunk(index);
        long start = System.nanoTime();
        try (Tensor embeddings = encoder.encode(chunk)) {
            long encoded = System.nanoTime();
            listener.onMediaEncoded(index, media.tokens(), Duration.ofNanos(encoded - start));
            refuseWhenInterrupted();
            long mark = NativeLog.mark();
            int code = MtmdProjectors.decode(
                    encoder.handle().segment(),
                    handle.segment(),
                    chunk,
                    embeddings.segment(),
                    position,
                    SEQUENCE,
                    batchSize);
            if (code != 0) {
                fail(code, position, mark);
            }
            advance(media.tokens(), media.positions());
            hasLogits = false; // a picture has none
            listener.onEvaluated(media.tokens(), Duration.ofNanos(System.nanoTime() - encoded));
        }
    }

    private void requireRoom(int count) {
        if (tokens + count > contextLength) {
            throw new Vlm4jException.ContextFull(count + " tokens do not fit into a context of " + contextLength
                    + " that holds " + tokens + " already; shorten the prompt or raise contextLength");
        }
    }

    private void evaluateBatch(int restorePosition) {
        int code = LlamaContexts.decode(handle.segment(), batch.segment());
        if (code != 0) {
            fail(code, restorePosition, Long.MAX_VALUE);
        }
    }

    private void fail(int code, int restorePosition, long logMark) {
        String reason = code == LlamaContexts.EXCEPTION ? Shim.reason(logMark) : "code " + code;
        boolean interrupted = isInterrupted();
        forgetFrom(restorePosition);
        if (code == LlamaContexts.ABORTED || interrupted) {
            interruptFlag.set(ValueLayout.JAVA_BYTE, 0, (byte) 0);
            throw new Vlm4jException.Cancelled("the evaluation was interrupted");
        }
        if (code == LlamaContexts.NO_SLOT) {
            throw new Vlm4jException.ContextFull(
                    "no room in the context's memory after " + tokens + " of " + contextLength + " tokens");
        }
        throw new Vlm4jException.Inference("llama_decode failed at position " + restorePosition + ": " + reason);
    }

    private void forgetFrom(int firstPosition) {
        hasLogits = false;
        if (firstPosition == 0 || !LlamaContexts.truncate(handle.segment(), SEQUENCE, firstPosition)) {
            LlamaContexts.clear(handle.segment());
            if (firstPosition != 0) { // a memory that cannot be cut is lost as a whole
                tokens = 0;
                position = 0;
            }
        }
    }

    private boolean isInterrupted() {
        return interruptFlag.get(ValueLayout.JAVA_BYTE, 0) != 0;
    }

    private void refuseWhenInterrupted() {
        if (isInterrupted()) {
            interruptFlag.set(ValueLayout.JAVA_BYTE, 0, (byte) 0);
            throw new Vlm4jException.Cancelled("the evaluation was interrupted");
        }
    }

    @Override
    public int sample(Sampler sampler) {
        guard.enter();
        try {
            if (!hasLogits) {
                throw new IllegalStateException("nothing to sample from: the last thing evaluated was no token");
            }
            if (((SamplerImpl) sampler).model() != model) {
                throw new IllegalArgumentException("the sampler is for the tokens of another model than " + model);
            }
            return ((SamplerImpl) sampler).sample(handle.segment(), LAST);
        } finally {
            guard.exit();
        }
    }

    @Override
    public Tensor logits() {
        guard.enter();
        try {
            if (!hasLogits) {
                throw new IllegalStateException("no logits: no token was evaluated yet");
            }
            float[] copy = LlamaContexts.logits(handle.segment(), LAST, tokenizer.size())
                    .toArray(ValueLayout.JAVA_FLOAT);
            return Tensor.ofFloats(Shape.of(copy.length), copy);
        } finally {
            guard.exit();
        }
    }

    @Override
    public void truncate(int keep) {
        guard.enter();
        try {
            if (keep < 0 || keep > tokens) {
                throw new IllegalArgumentException("cannot keep " + keep + " of " + tokens + " tokens");
            }
            if (tokens != position) {
                throw new IllegalStateException("the context holds pictures whose positions differ from their tokens");
            }
            if (!LlamaContexts.truncate(handle.segment(), SEQUENCE, keep)) {
                throw new IllegalStateException("the memory of " + model + " cannot be cut at " + keep);
            }
            tokens = keep;
            position = keep;
            hasLogits = false;
        } finally {
            guard.exit();
        }
    }

    @Override
    public void clear() {
        guard.enter();
        try {
            LlamaContexts.clear(handle.segment());
            tokens = 0;
            position = 0;
            hasLogits = false;
        } finally {
            guard.exit();
        }
    }

    @Override
    public void interrupt() {
        handle.segment();
        interruptFlag.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
    }

    /// Empties the context for a new user, whose predecessor is told by [#requireClaim].
    ///
    /// @return what the new user proves itself with
    public long claim() {
        clear();
        clearInterrupt();
        return ++user;
    }

    /// @throws IllegalStateException when somebody else has begun with this context since
    public void requireClaim(long claim) {
        if (claim != user) {
            throw new IllegalStateException(
                    "another generation has begun on the " + handle.description() + ", which ended this one");
        }
    }

    /// Takes back an interrupt that came when nothing was running.
    public void clearInterrupt() {
        interruptFlag.set(ValueLayout.JAVA_BYTE, 0, (byte) 0);
    }

    @Override
    public void close() {
        handle.close();
        threads.ifPresent(NativeHandle::close);
        if (arena.scope().isAlive()) {
            arena.close();
        }
        model.handle().release(this);
    }

    @Override
    public String toString() {
        return handle.toString();
    }
}
