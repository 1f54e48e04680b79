package io.vlm4j.natives.mtmd;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.llama.LlamaH;
import io.vlm4j.bindings.mtmd.MtmdH;
import io.vlm4j.bindings.mtmd.mtmd_context_params;
import io.vlm4j.bindings.mtmd.mtmd_progress_callback;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.Callbacks;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.natives.llama.LlamaModels;
import io.vlm4j.natives.shim.Shim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/// `mtmd_context`: a vision (or audio) tower with its projector. Tokenizing is thread-safe; encoding is for one
/// thread at a time.
public final class MtmdProjectors {
    private MtmdProjectors() {}

    /// See `mtmd_context_params`; token limits of 0 are the model's own.
    ///
    /// @param evalCallback watches every encoding, see `EvalObserver.stub`; NULL for none. Outlives the
    ///     projector. One that is watched computes without flash attention, which has no probabilities to show
    public record Parameters(
            boolean gpu,
            int threads,
            boolean warmup,
            int minImageTokens,
            int maxImageTokens,
            MemorySegment evalCallback) {}

    /// @throws Vlm4jException.ModelLoad with native code's reason
    /// @throws Vlm4jException.Cancelled when `progress` said so
    public static NativeHandle load(
            Path path, MemorySegment model, Parameters parameters, LlamaModels.Progress progress) {
        long mark = NativeLog.mark();
        Callbacks callbacks = new Callbacks();
        boolean[] cancelled = new boolean[1];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = MtmdH.mtmd_context_params_default(arena);
            mtmd_context_params.use_gpu(params, parameters.gpu());
            mtmd_context_params.print_timings(params, false);
            mtmd_context_params.n_threads(params, parameters.threads());
            mtmd_context_params.warmup(params, parameters.warmup());
            boolean watched = parameters.evalCallback().address() != 0;
            mtmd_context_params.flash_attn_type(
                    params, watched ? LlamaH.LLAMA_FLASH_ATTN_TYPE_DISABLED() : LlamaH.LLAMA_FLASH_ATTN_TYPE_AUTO());
            mtmd_context_params.cb_eval(params, parameters.evalCallback());
            if (parameters.minImageTokens() > 0) {
                mtmd_context_params.image_min_tokens(params, parameters.minImageTokens());
            }
            if (parameters.maxImageTokens() > 0) {
                mtmd_context_params.image_max_tokens(params, parameters.maxImageTokens());
            }
            mtmd_context_params.progress_callback(
                    params,
                    mtmd_progress_callback.allocate(
                            (fraction, data) -> callbacks.answer(false, () -> {
                                boolean goOn = progress.goOn(fraction);
                                cancelled[0] |= !goOn;
                                return goOn;
                            }),
                            arena));
            MemorySegment projector = ShimH.vlm4j_projector_load(arena.allocateFrom(path.toString()), model, params);
            if (projector.address() != 0) {
                NativeHandle handle =
                        new NativeHandle("projector '" + path.getFileName() + "'", projector, MtmdH::mtmd_free);
                if (callbacks.hasFailed() || cancelled[0]) {
                    handle.close();
                } else {
                    return handle;
                }
            }
        }
        callbacks.rethrow();
        if (cancelled[0]) {
            throw new Vlm4jException.Cancelled("loading " + path + " was cancelled");
        }
        throw Shim.failure(Vlm4jException.ModelLoad::new, "cannot load the projector " + path, mark);
    }

    public static boolean seesImages(MemorySegment projector) {
        return MtmdH.mtmd_support_vision(projector);
    }

    public static boolean hearsAudio(MemorySegment projector) {
        return MtmdH.mtmd_support_audio(projector);
    }

    /// Samples a second of the sounds that it hears; -1 when it hears none.
    public static int audioSampleRate(MemorySegment projector) {
        return MtmdH.mtmd_get_audio_sample_rate(projector);
    }

    /// Encodes a media chunk into `out`, row-major `[tokens, input embedding size]`.
    ///
    /// @throws Vlm4jException.Inference when encoding fails
    public static void encode(MemorySegment projector, MemorySegment chunk, MemorySegment out) {
        long mark = NativeLog.mark();
        int code = ShimH.vlm4j_media_encode(projector, chunk, out, out.byteSize() / ValueLayout.JAVA_FLOAT.byteSize());
        if (code != 0) {
            throw Shim.failure(Vlm4jException.Inference::new, "mtmd_encode_chunk failed with " + code, mark, projector);
        }
    }

    /// Encodes the first of the chunks, and as many of the next ones as the projector takes at once, as
    /// [#encode(MemorySegment, MemorySegment, MemorySegment)] does.
    ///
    /// @param outs one for each chunk
    /// @return how many chunks were encoded, 1 or more
    /// @throws Vlm4jException.Inference when encoding fails
    public static int encode(MemorySegment projector, List<MemorySegment> chunks, List<MemorySegment> outs) {
        long mark = NativeLog.mark();
        int n = chunks.size();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment inputs = arena.allocate(ValueLayout.ADDRESS, n);
            MemorySegment outputs = arena.allocate(ValueLayout.ADDRESS, n);
            MemorySegment sizes = arena.allocate(ValueLayout.JAVA_LONG, n);
            for (int i = 0; i < n; i++) {
                inputs.setAtIndex(ValueLayout.ADDRESS, i, chunks.get(i));
                outputs.setAtIndex(ValueLayout.ADDRESS, i, outs.get(i));
                sizes.setAtIndex(ValueLayout.JAVA_LONG, i, outs.get(i).byteSize() / ValueLayout.JAVA_FLOAT.byteSize());
            }
            int encoded = ShimH.vlm4j_media_encode_batch(projector, inputs, n, outputs, sizes);
            if (encoded < 1) {
                throw Shim.failure(
                        Vlm4jException.Inference::new, "mtmd_batch_encode failed with " + encoded, mark, projector);
            }
            return encoded;
        }
    }

    /// Whether the rows of a chunk may be evaluated a few at a time; if not, they see each other in both directions.
    public static boolean isCausal(MemorySegment projector, MemorySegment chunk) {
        return ShimH.vlm4j_media_is_causal(projector, chunk);
    }

    /// Puts some rows of a chunk that [#isCausal] into the memory of a context.
    ///
    /// @param embeddings of the whole chunk
    /// @param position   of the chunk's first row
    /// @return 0, or a code of `llama_decode`
    public static int decodeRows(
            MemorySegment projector,
            MemorySegment context,
            MemorySegment chunk,
            MemorySegment embeddings,
            int position,
            int sequence,
            int first,
            int count) {
        return ShimH.vlm4j_media_decode_rows(projector, context, chunk, embeddings, position, sequence, first, count);
    }

    /// Puts a chunk's embeddings into the memory of a context.
    ///
    /// @return 0, or a code of `llama_decode`
    public static int decode(
            MemorySegment projector,
            MemorySegment context,
            MemorySegment chunk,
            MemorySegment embeddings,
            int position,
            int sequence,
            int batchSize) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment newPosition = arena.allocate(ValueLayout.JAVA_INT);
            return ShimH.vlm4j_media_decode(
                    projector, context, chunk, embeddings, position, sequence, batchSize, newPosition);
        }
    }
}
