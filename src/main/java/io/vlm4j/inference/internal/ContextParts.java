package io.vlm4j.inference.internal;

import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.model.internal.Offload;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.llama.LlamaContexts;
import io.vlm4j.natives.shim.ThreadPools;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/// The native things that a context is made of, which are closed together.
///
/// @param arena         of what the native context points to; outlives it
/// @param interruptFlag a byte that ends an evaluation when it is not 0
public record ContextParts(
        NativeHandle handle, Optional<NativeHandle> threads, Arena arena, MemorySegment interruptFlag)
        implements AutoCloseable {
    /// From so many floats on a head's product costs more than what flash attention adds to it.
    private static final int LONG_HEAD = 64;

    /// @param length       tokens, whatever the options say
    /// @param evalCallback watches every evaluation, see `EvalObserver.stub`; NULL for none. Outlives the context
    public static ContextParts create(ModelImpl owner, ContextOptions options, int length, MemorySegment evalCallback) {
        return create(owner, options, length, Use.GENERATION, evalCallback);
    }

    /// What a context is for.
    ///
    /// @param sequences   that share its cells
    public record Use(int sequences, LlamaContexts.Pooling pooling) {
        static final Use GENERATION = new Use(1, LlamaContexts.Pooling.NONE);
    }

    /// As [#create(ModelImpl, ContextOptions, int, MemorySegment)], for more than one sequence or for embeddings.
    @SuppressWarnings("MustBeClosedChecker") // the arena lives as long as what is returned
    public static ContextParts create(
            ModelImpl owner, ContextOptions options, int length, Use use, MemorySegment evalCallback) {
        Deque<AutoCloseable> made = new ArrayDeque<>(); // to be undone, newest first, if a step fails
        try {
            Arena arena = Arena.ofShared();
            made.push(arena);
            MemorySegment flag = arena.allocate(ValueLayout.JAVA_BYTE);
            Optional<NativeHandle> threads =
                    ThreadPools.create(threads(owner, options.threads()), threads(owner, options.batchThreads()));
            threads.ifPresent(made::push);
            NativeHandle handle = owner.adapterSet()
                    .whileUnchanged(() -> LlamaContexts.create(
                            owner.handle().description(),
                            owner.handle().segment(),
                            parameters(owner, options, length, use),
                            flag,
                            evalCallback));
            made.push(handle);
            threads.ifPresent(pool -> ThreadPools.attach(pool.segment(), handle.segment()));
            return new ContextParts(handle, threads, arena, flag);
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

    private static LlamaContexts.Parameters parameters(ModelImpl owner, ContextOptions options, int length, Use use) {
        int batchSize = Math.max(Math.min(options.batchSize(), length), use.sequences()); // a token of each
        return new LlamaContexts.Parameters(
                length,
                batchSize,
                Math.min(options.microBatchSize(), batchSize),
                use.sequences(),
                use.sequences() > 1,
                threads(owner, options.threads()),
                threads(owner, options.batchThreads()),
                flashAttention(options, owner, use.sequences()),
                LlamaContexts.CacheType.valueOf(options.cacheType().name()),
                use.pooling());
    }

    /// Beside a GPU that computes everything, threads would do nothing but wait for each other, and burn a core each.
    private static int threads(ModelImpl owner, int wanted) {
        return owner.offload() == Offload.ALL ? 1 : wanted;
    }

    /// What a choice means on this machine: see [FlashAttention#AUTO].
    static LlamaContexts.FlashAttention flashAttention(ContextOptions options, ModelImpl model, int sequences) {
        FlashAttention choice = options.flashAttention();
        if (choice != FlashAttention.AUTO) {
            return LlamaContexts.FlashAttention.valueOf(choice.name());
        }
        if (options.watchable() && options.cacheType() != CacheType.Q8_0) {
            return LlamaContexts.FlashAttention.OFF;
        }
        boolean onlyCpu = model.offload() == Offload.NONE;
        boolean passesOver = sequences > 1 && model.embeddingSize() >= LONG_HEAD * model.heads();
        return onlyCpu && !passesOver ? LlamaContexts.FlashAttention.OFF : LlamaContexts.FlashAttention.AUTO;
    }

    @Override
    public void close() {
        handle.close();
        threads.ifPresent(NativeHandle::close);
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
