package io.vlm4j.natives.llama;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.ggml.GgmlH;
import io.vlm4j.bindings.llama.LlamaH;
import io.vlm4j.bindings.llama.llama_context_params;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.natives.shim.Shim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// `llama_context`: the memory (KV cache) and compute buffers of one user of a model. One thread at a time.
public final class LlamaContexts {
    /// llama_decode: no slot for the batch in the memory.
    public static final int NO_SLOT = 1;

    /// llama_decode: the abort callback said so.
    public static final int ABORTED = 2;

    private static final String CHANGE = "cannot change a context's memory";

    private LlamaContexts() {}

    /// See `llama_context_params`; sizes in tokens.
    ///
    /// @param sharedCells whether all sequences take their cells from the whole context, and may have cells in common,
    ///     instead of an equal part of it each
    public record Parameters(
            int contextLength,
            int batchSize,
            int microBatchSize,
            int sequences,
            boolean sharedCells,
            int threads,
            int batchThreads,
            FlashAttention flashAttention,
            CacheType cacheType,
            Pooling pooling) {}

    public enum FlashAttention {
        AUTO,
        OFF,
        ON
    }

    /// How the embedding of a sequence is made of those of its tokens.
    public enum Pooling {
        /// No embeddings.
        NONE,
        /// As the model's file has it.
        MODEL,
        MEAN
    }

    public enum CacheType {
        F32,
        F16,
        BF16,
        Q8_0
    }

    /// @param abortFlag a byte that must outlive the context; once it is not 0, the CPU backend gives up at the
    ///     next node
    /// @throws Vlm4jException.ModelLoad when it cannot be made, usually for want of memory
    public static NativeHandle create(
            String description, MemorySegment model, Parameters parameters, MemorySegment abortFlag) {
        return create(description, model, parameters, abortFlag, MemorySegment.NULL);
    }

    /// As [#create(String, MemorySegment, Parameters, MemorySegment)], watched.
    ///
    /// @param evalCallback watches every evaluation, see `EvalObserver.stub`; NULL for none. Outlives the context
    public static NativeHandle create(
            String description,
            MemorySegment model,
            Parameters parameters,
            MemorySegment abortFlag,
            MemorySegment evalCallback) {
        long mark = NativeLog.mark();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = LlamaH.llama_context_default_params(arena);
            llama_context_params.n_ctx(params, parameters.contextLength());
            llama_context_params.n_batch(params, parameters.batchSize());
            llama_context_params.n_ubatch(params, parameters.microBatchSize());
            llama_context_params.n_seq_max(params, parameters.sequences());
            llama_context_params.n_threads(params, parameters.threads());
            llama_context_params.n_threads_batch(params, parameters.batchThreads());
            llama_context_params.flash_attn_type(params, flashAttention(parameters.flashAttention()));
            llama_context_params.type_k(params, ggmlType(parameters.cacheType()));
            llama_context_params.type_v(params, ggmlType(parameters.cacheType()));
            llama_context_params.kv_unified(params, parameters.sharedCells());
            llama_context_params.embeddings(params, parameters.pooling() != Pooling.NONE);
            llama_context_params.pooling_type(params, pooling(parameters.pooling()));
            llama_context_params.no_perf(params, true);
            llama_context_params.cb_eval(params, evalCallback);
            llama_context_params.abort_callback(params, ShimH.vlm4j_abort_requested$address());
            llama_context_params.abort_callback_data(params, abortFlag);
            MemorySegment context = ShimH.vlm4j_context_create(model, params);
            if (context.address() == 0) {
                throw Shim.failure(
                        Vlm4jException.ModelLoad::new,
                        "cannot create a context of " + parameters.contextLength() + " tokens for " + description,
                        mark);
            }
            return new NativeHandle("context of " + description, context, LlamaH::llama_free);
        }
    }

    private static int flashAttention(FlashAttention choice) {
        return switch (choice) {
            case AUTO -> LlamaH.LLAMA_FLASH_ATTN_TYPE_AUTO();
            case OFF -> LlamaH.LLAMA_FLASH_ATTN_TYPE_DISABLED();
            case ON -> LlamaH.LLAMA_FLASH_ATTN_TYPE_ENABLED();
        };
    }

    private static int pooling(Pooling choice) {
        return switch (choice) {
            case NONE -> LlamaH.LLAMA_POOLING_TYPE_NONE();
            case MODEL -> LlamaH.LLAMA_POOLING_TYPE_UNSPECIFIED();
            case MEAN -> LlamaH.LLAMA_POOLING_TYPE_MEAN();
        };
    }

    private static int ggmlType(CacheType type) {
        return switch (type) {
            case F32 -> GgmlH.GGML_TYPE_F32();
            case F16 -> GgmlH.GGML_TYPE_F16();
            case BF16 -> GgmlH.GGML_TYPE_BF16();
            case Q8_0 -> GgmlH.GGML_TYPE_Q8_0();
        };
    }

    /// What the context got, which may be more than was asked for.
    public static int contextLength(MemorySegment context) {
        return LlamaH.llama_n_ctx(context);
    }

    public static int sequenceLength(MemorySegment context) {
        return LlamaH.llama_n_ctx_seq(context);
    }

    public static int batchSize(MemorySegment context) {
        return LlamaH.llama_n_batch(context);
    }

    /// Evaluates a batch; 0 on success, else a code of `llama_decode` or [#EXCEPTION].
    public static int decode(MemorySegment context, MemorySegment batch) {
        return ShimH.vlm4j_decode(context, batch);
    }

    /// Returned by [#decode] when something was caught; [Shim#failure] has it.
    public static final int EXCEPTION = Shim.EXCEPTION;

    public static void synchronize(MemorySegment context) {
        Shim.check(ShimH.vlm4j_synchronize(context), "cannot wait for a context", context);
    }

    public static void clear(MemorySegment context) {
        Shim.check(ShimH.vlm4j_memory_clear(context), CHANGE, context);
    }

    /// Forgets the positions from `from` on; false when the model's memory cannot be cut there.
    public static boolean truncate(MemorySegment context, int sequence, int from) {
        return remove(context, sequence, from, -1);
    }

    /// Forgets the positions from `from` up to `to`; false when the model's memory cannot be cut there.
    public static boolean remove(MemorySegment context, int sequence, int from, int to) {
        return Shim.check(ShimH.vlm4j_memory_remove(context, sequence, from, to), CHANGE, context) != 0;
    }

    /// Whether what is remembered can be moved to other positions.
    public static boolean canMove(MemorySegment context) {
        return Shim.check(ShimH.vlm4j_memory_can_shift(context), "cannot ask a context's memory", context) != 0;
    }

    /// Adds `distance` to all positions from `from` on; only where [#canMove].
    public static void move(MemorySegment context, int sequence, int from, int distance) {
        Shim.check(ShimH.vlm4j_memory_shift(context, sequence, from, -1, distance), CHANGE, context);
    }

    /// Gives the positions from `from` up to `to` (-1: all that follow) of one sequence to another as well. With shared
    /// cells nothing is copied.
    public static void copy(MemorySegment context, int source, int target, int from, int to) {
        Shim.check(ShimH.vlm4j_memory_copy(context, source, target, from, to), CHANGE, context);
    }

    /// The last position that is remembered; -1 for none.
    public static int lastPosition(MemorySegment context, int sequence) {
        return Shim.check(
                ShimH.vlm4j_memory_last_position(context, sequence), "cannot ask a context's memory", context);
    }

    /// The logits of output `index` (-1: the last) as `vocabularySize` floats, valid until the next decode.
    ///
    /// @throws IllegalStateException when there are none
    public static MemorySegment logits(MemorySegment context, int index, int vocabularySize) {
        return logits(context, index, 1, vocabularySize);
    }

    /// The logits of `rows` outputs from `index` on, which follow each other, valid until the next decode.
    ///
    /// @throws IllegalStateException when there are none
    @SuppressWarnings("restricted")
    public static MemorySegment logits(MemorySegment context, int index, int rows, int vocabularySize) {
        MemorySegment logits = ShimH.vlm4j_logits(context, index);
        if (logits.address() == 0) {
            if (Shim.isAssertion()) {
                throw Shim.failure(Vlm4jException.Inference::new, "cannot read logits", Shim.NO_LOG, context);
            }
            throw new IllegalStateException("no logits were computed for output " + index);
        }
        return logits.reinterpret(4L * rows * vocabularySize);
    }

    /// The pooled embedding of a sequence of the last batch, valid until the next decode.
    ///
    /// @throws Vlm4jException.Inference when there is none
    @SuppressWarnings("restricted")
    public static MemorySegment embeddings(MemorySegment context, int sequence, int embeddingSize) {
        MemorySegment embeddings = ShimH.vlm4j_embeddings_of_sequence(context, sequence);
        if (embeddings.address() == 0) {
            throw Shim.failure(
                    Vlm4jException.Inference::new, "no embedding of sequence " + sequence, Shim.NO_LOG, context);
        }
        return embeddings.reinterpret(4L * embeddingSize);
    }
}
