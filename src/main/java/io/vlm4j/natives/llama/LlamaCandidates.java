package io.vlm4j.natives.llama;

import io.vlm4j.bindings.llama.llama_token_data;
import io.vlm4j.bindings.llama.llama_token_data_array;
import java.lang.foreign.MemorySegment;

/// Access to a `llama_token_data_array` during one call of a sampler. Nothing of it may be kept.
public final class LlamaCandidates {
    private LlamaCandidates() {}

    @SuppressWarnings("restricted")
    public static MemorySegment array(MemorySegment pointer) {
        return pointer.reinterpret(llama_token_data_array.sizeof());
    }

    public static long size(MemorySegment array) {
        return llama_token_data_array.size(array);
    }

    public static void resize(MemorySegment array, long size) {
        llama_token_data_array.size(array, size);
    }

    @SuppressWarnings("restricted")
    public static MemorySegment data(MemorySegment array) {
        return llama_token_data_array.data(array).reinterpret(size(array) * llama_token_data.sizeof());
    }

    public static int token(MemorySegment data, long index) {
        return llama_token_data.id(llama_token_data.asSlice(data, index));
    }

    public static float logit(MemorySegment data, long index) {
        return llama_token_data.logit(llama_token_data.asSlice(data, index));
    }

    public static void setLogit(MemorySegment data, long index, float logit) {
        llama_token_data.logit(llama_token_data.asSlice(data, index), logit);
    }

    public static void copy(MemorySegment data, long from, long to) {
        if (from != to) {
            MemorySegment.copy(
                    data,
                    from * llama_token_data.sizeof(),
                    data,
                    to * llama_token_data.sizeof(),
                    llama_token_data.sizeof());
        }
    }

    public static void markUnsorted(MemorySegment array) {
        llama_token_data_array.sorted(array, false);
    }
}
