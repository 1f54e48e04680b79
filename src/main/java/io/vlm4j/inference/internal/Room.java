package io.vlm4j.inference.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.model.internal.DecoderMemory;
import io.vlm4j.model.internal.MemoryCheck;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.natives.llama.LlamaContexts;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The memory that a context needs, which is refused when the machine has less: main memory is given out by the
/// operating system before it is there, and whoever then uses it is ended without a word.
///
/// @param length  tokens
/// @param cache   bytes of the KV cache
/// @param compute bytes while a step is computed
/// @param logits  bytes of what is handed out
public record Room(ContextOptions options, int length, int step, double cache, double compute, double logits) {
    private static final double GIBIBYTE = 1L << 30;

    public static Room of(DecoderMemory memory, ContextOptions options, int length, int sequences) {
        int step = Math.min(options.microBatchSize(), Math.max(Math.min(options.batchSize(), length), sequences));
        boolean flash = options.flashAttention() == FlashAttention.ON;
        return new Room(
                options,
                length,
                step,
                memory.cache(length, bytes(options.cacheType())),
                memory.compute(length, step, flash),
                memory.logits(sequences));
    }

    private static double bytes(CacheType type) {
        return switch (type) {
            case F32 -> 4;
            case F16, BF16 -> 2;
            case Q8_0 -> 34 / 32.0;
        };
    }

    /// @throws Vlm4jException.ModelLoad with numbers and what to change, when the machine has less memory than this
    static void require(ModelImpl model, ContextOptions options, int length, int sequences) {
        boolean off = ContextParts.flashAttention(options, model, sequences) == LlamaContexts.FlashAttention.OFF;
        ContextOptions chosen = off ? options : options.withFlashAttention(FlashAttention.ON);
        Room room = of(model.memory(), chosen, length, sequences);
        MemoryCheck.require(room.total(), () -> room.refusal(model.toString(), sequences));
    }

    private double total() {
        return cache + compute + logits;
    }

    private String refusal(String model, int sequences) {
        List<String> ways = new ArrayList<>(List.of("lower the context length"));
        if (options.cacheType() != CacheType.Q8_0) {
            ways.add(String.format(
                    Locale.ROOT,
                    "choose a Q8_0 cache with flash attention (%.1f GiB)",
                    cache * bytes(CacheType.Q8_0) / bytes(options.cacheType()) / GIBIBYTE));
        }
        if (compute > cache / 2 && step > 64) {
            ways.add("lower microBatchSize (" + step + ")");
        }
        if (sequences > 1) {
            ways.add("have fewer slots (" + sequences + ")");
        }
        return String.format(
                        Locale.ROOT,
                        "a context of %d tokens for %s needs %.1f GiB (%.1f for its KV cache, %.1f to compute, %.1f for logits)",
                        length,
                        model,
                        total() / GIBIBYTE,
                        cache / GIBIBYTE,
                        compute / GIBIBYTE,
                        logits / GIBIBYTE)
                + MemoryCheck.MACHINE
                + String.join(", or ", ways);
    }
}
