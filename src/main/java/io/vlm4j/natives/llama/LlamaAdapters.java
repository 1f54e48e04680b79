package io.vlm4j.natives.llama;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.llama.LlamaH;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.natives.shim.Shim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/// `llama_adapter_lora` and control vectors: what is added to a model's weights and activations. A context keeps the
/// addresses of its adapters: they must be taken from it before they are freed.
public final class LlamaAdapters {
    private LlamaAdapters() {}

    /// Loads a LoRA adapter. Adds it to the model's set of adapters, which no lock protects.
    ///
    /// @throws Vlm4jException.ModelLoad with native code's reason
    public static NativeHandle load(Path path, MemorySegment model) {
        long mark = NativeLog.mark();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment adapter = ShimH.vlm4j_adapter_load(model, arena.allocateFrom(path.toString()));
            if (adapter.address() == 0) {
                throw Shim.failure(Vlm4jException.ModelLoad::new, "cannot load the LoRA adapter " + path, mark, model);
            }
            return new NativeHandle(
                    "LoRA adapter '" + path.getFileName() + "'", adapter, LlamaH::llama_adapter_lora_free);
        }
    }

    /// These adapters and no others, each with its scale.
    ///
    /// @throws Vlm4jException.Inference when a C++ exception was caught
    public static void set(MemorySegment context, List<MemorySegment> adapters, float[] scales) {
        long mark = NativeLog.mark();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pointers = arena.allocate(ValueLayout.ADDRESS, Math.max(1, adapters.size()));
            for (int i = 0; i < adapters.size(); i++) {
                pointers.setAtIndex(ValueLayout.ADDRESS, i, adapters.get(i));
            }
            MemorySegment factors = arena.allocate(ValueLayout.JAVA_FLOAT, Math.max(1, scales.length));
            MemorySegment.copy(scales, 0, factors, ValueLayout.JAVA_FLOAT, 0, scales.length);
            int code = ShimH.vlm4j_adapters_set(context, pointers, adapters.size(), factors);
            if (code != 0) {
                throw Shim.failure(Vlm4jException.Inference::new, "cannot set LoRA adapters", mark, context);
            }
        }
    }

    /// Adds vectors to the outputs of layers from now on.
    ///
    /// @param data       `embeddingSize` floats for each layer of the model but the first: layer 1, 2, ...
    /// @param firstLayer first layer whose output is changed, counted from 0
    /// @param lastLayer  last one, inclusive
    /// @throws Vlm4jException.Inference when the sizes are not the model's, or memory is short
    public static void setControlVector(
            MemorySegment context, float[] data, int embeddingSize, int firstLayer, int lastLayer) {
        long mark = NativeLog.mark();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment floats = arena.allocateFrom(ValueLayout.JAVA_FLOAT, data);
            int code =
                    ShimH.vlm4j_control_vector_set(context, floats, data.length, embeddingSize, firstLayer, lastLayer);
            if (code != 0) {
                throw Shim.failure(Vlm4jException.Inference::new, "cannot set a control vector", mark, context);
            }
        }
    }

    public static void clearControlVector(MemorySegment context) {
        ShimH.vlm4j_control_vector_set(context, MemorySegment.NULL, 0, 0, 0, 0);
    }
}
