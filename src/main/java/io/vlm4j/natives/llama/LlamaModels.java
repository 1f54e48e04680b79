package io.vlm4j.natives.llama;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.llama.LlamaH;
import io.vlm4j.bindings.llama.llama_model_params;
import io.vlm4j.bindings.llama.llama_progress_callback;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.Callbacks;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.natives.shim.Shim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// `llama_model`: weights, immutable once loaded and usable from any number of threads.
public final class LlamaModels {
    private static final int DESCRIPTION_CAPACITY = 256;

    private LlamaModels() {}

    /// How to load; see `llama_model_params`.
    ///
    /// @param gpuLayers  layers kept in GPU memory; negative for all
    /// @param mmap       map the file instead of reading it
    /// @param mlock      keep the weights from being swapped out
    /// @param checkTensors verify every block of the weights while loading
    public record Parameters(
            int gpuLayers, boolean mmap, boolean mlock, boolean vocabularyOnly, boolean checkTensors) {}

    /// Told of progress while loading; answers whether to go on.
    @FunctionalInterface
    public interface Progress {
        boolean goOn(float fraction);
    }

    /// @throws Vlm4jException.ModelLoad with native code's reason
    /// @throws Vlm4jException.Cancelled when `progress` said so
    public static NativeHandle load(Path path, Parameters parameters, Progress progress) {
        return load(path, String.valueOf(path.getFileName()), parameters, progress);
    }

    /// @param name of the model in messages
    /// @throws Vlm4jException.ModelLoad with native code's reason
    /// @throws Vlm4jException.Cancelled when `progress` said so
    public static NativeHandle load(Path path, String name, Parameters parameters, Progress progress) {
        long mark = NativeLog.mark();
        Callbacks callbacks = new Callbacks();
        boolean[] cancelled = new boolean[1];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = LlamaH.llama_model_default_params(arena);
            llama_model_params.n_gpu_layers(params, parameters.gpuLayers());
            llama_model_params.load_mode(params, loadMode(parameters));
            llama_model_params.vocab_only(params, parameters.vocabularyOnly());
            llama_model_params.check_tensors(params, parameters.checkTensors());
            llama_model_params.progress_callback(
                    params,
                    llama_progress_callback.allocate(
                            (fraction, data) -> callbacks.answer(false, () -> {
                                boolean goOn = progress.goOn(fraction);
                                cancelled[0] |= !goOn;
                                return goOn;
                            }),
                            arena));
            MemorySegment model = ShimH.vlm4j_model_load(arena.allocateFrom(path.toString()), params);
            if (model.address() != 0) {
                NativeHandle handle = new NativeHandle("model '" + name + "'", model, LlamaH::llama_model_free);
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
        throw Shim.failure(Vlm4jException.ModelLoad::new, "cannot load " + path, mark);
    }

    private static int loadMode(Parameters parameters) {
        if (parameters.mmap()) {
            return parameters.mlock() ? LlamaH.LLAMA_LOAD_MODE_MMAP_MLOCK() : LlamaH.LLAMA_LOAD_MODE_MMAP();
        }
        return parameters.mlock() ? LlamaH.LLAMA_LOAD_MODE_MLOCK() : LlamaH.LLAMA_LOAD_MODE_NONE();
    }

    public static MemorySegment vocabulary(MemorySegment model) {
        return LlamaH.llama_model_get_vocab(model);
    }

    /// A short text such as `llama 7B Q4_K - Medium`.
    public static String describe(MemorySegment model) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(DESCRIPTION_CAPACITY);
            LlamaH.llama_model_desc(model, buffer, DESCRIPTION_CAPACITY);
            return buffer.getString(0, StandardCharsets.UTF_8);
        }
    }

    public static int trainedContextLength(MemorySegment model) {
        return LlamaH.llama_model_n_ctx_train(model);
    }

    public static int embeddingSize(MemorySegment model) {
        return LlamaH.llama_model_n_embd(model);
    }

    /// Floats that a media embedding has for each token; larger than [#embeddingSize] for models with
    /// deep-stacked inputs.
    public static int inputEmbeddingSize(MemorySegment model) {
        return LlamaH.llama_model_n_embd_inp(model);
    }

    public static int layers(MemorySegment model) {
        return LlamaH.llama_model_n_layer(model);
    }

    public static int heads(MemorySegment model) {
        return Shim.check(ShimH.vlm4j_model_heads(model), "cannot count heads");
    }

    public static int keyValueHeads(MemorySegment model) {
        return Shim.check(ShimH.vlm4j_model_kv_heads(model), "cannot count key-value heads");
    }

    public static long parameters(MemorySegment model) {
        return LlamaH.llama_model_n_params(model);
    }

    public static long sizeInBytes(MemorySegment model) {
        return LlamaH.llama_model_size(model);
    }

    public static boolean hasEncoder(MemorySegment model) {
        return LlamaH.llama_model_has_encoder(model);
    }

    public static boolean hasDecoder(MemorySegment model) {
        return LlamaH.llama_model_has_decoder(model);
    }
}
