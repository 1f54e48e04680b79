package io.vlm4j.model.internal;

import io.vlm4j.gguf.GgufArray;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import java.nio.file.Path;
import java.util.Arrays;

/// How much memory a text model and its contexts take, by what its header says. Within a few percent of what llama.cpp
/// allocates for models of llama's kind (`MemoryEstimateTest` compares); a bound for others.
///
/// Source: llama-kv-cache.cpp for the cache; for the compute buffer, the sizes that ggml's allocator arrives at for the
/// graph of models/llama.cpp, measured for many shapes.
///
/// @param weights    bytes of all tensors
/// @param repackable of these, what the CPU backend copies and packs anew, even when the file is mapped
/// @param layers     of the decoder
/// @param cacheWidth numbers of keys and values that a token leaves in all layers together
/// @param width      of the residual stream
/// @param heads      of the layer that has most
/// @param queries    numbers of all queries of a token in a layer
/// @param keys       numbers of all keys of a token in a layer
/// @param hidden     width between the matrices of a feed-forward network, those of all experts used together
/// @param vocabulary tokens
/// @param masks      how many attention masks there are: two where some layers see a window
/// @param trainedLength the context that it was trained for, in tokens
public record DecoderMemory(
        long weights,
        long repackable,
        int layers,
        long cacheWidth,
        long width,
        long heads,
        long queries,
        long keys,
        long hidden,
        long vocabulary,
        int masks,
        long trainedLength) {
    private static final int FLOAT = 4;
    private static final int CELLS = 256; // contexts are made a multiple of it

    /// Reads the header of a model, and those of its other parts.
    public static DecoderMemory of(Path path) {
        try (GgufFile file = GgufFile.open(path)) {
            return of(file);
        }
    }

    static DecoderMemory of(GgufFile file) {
        FileHeader header = new FileHeader(file, file.architecture().orElse("") + ".", ModelParts.tensors(file));
        int layers =
                (int) header.count("block_count", 1, TextModelFile.MOST_LAYERS).orElse(1);
        long width = header.count("embedding_length", 1, Integer.MAX_VALUE).orElse(1);
        long[] heads = header.perLayer("attention.head_count", layers, 0, 0, Integer.MAX_VALUE);
        long[] groups = header.has("attention.head_count_kv")
                ? header.perLayer("attention.head_count_kv", layers, 0, 0, Integer.MAX_VALUE)
                : heads;
        long head = width / Math.max(1, most(heads));
        long key = header.perLayer("attention.key_length", 1, head, 1, Integer.MAX_VALUE)[0];
        long value = header.perLayer("attention.value_length", 1, head, 1, Integer.MAX_VALUE)[0];
        long weights = 0;
        long repackable = 0;
        for (GgufTensor tensor : header.tensors().values()) {
            weights += tensor.byteSize();
            repackable += isRepacked(tensor) ? tensor.byteSize() : 0;
        }
        return new DecoderMemory(
                weights,
                repackable,
                layers,
                Arrays.stream(groups).sum() * (key + value),
                width,
                most(heads),
                most(heads) * Math.max(key, value),
                most(groups) * Math.max(key, value),
                hidden(header, layers),
                vocabulary(header),
                header.has("attention.sliding_window") ? 2 : 1,
                header.count("context_length", 1, Integer.MAX_VALUE).orElse(1));
    }

    private static long most(long[] values) {
        return Arrays.stream(values).max().orElse(0);
    }

    private static long hidden(FileHeader header, int layers) {
        long used = most(header.perLayer("expert_used_count", layers, 0, 0, Integer.MAX_VALUE));
        GgufTensor experts = header.tensors().get("blk." + (layers - 1) + ".ffn_down_exps.weight");
        if (experts != null && used > 0) {
            return used * Dimensions.of(experts).ne0();
        }
        return most(header.perLayer("feed_forward_length", layers, 0, 0, Integer.MAX_VALUE));
    }

    private static long vocabulary(FileHeader header) {
        if (header.file().value("tokenizer.ggml.tokens").orElse(null) instanceof GgufArray tokens) {
            return tokens.size();
        }
        return header.hasTensor("token_embd.weight")
                ? header.dimensions("token_embd.weight").ne1()
                : 0;
    }

    /// What ggml's CPU backend multiplies with in blocks of several rows; repack.cpp. Which types depends on the
    /// processor, so this may be more than is copied.
    private static boolean isRepacked(GgufTensor tensor) {
        boolean type = switch (tensor.type()) {
            case Q4_0, Q4_K, Q2_K, IQ4_NL, MXFP4 -> true;
            default -> false;
        };
        return type && tensor.shape().rank() == 2 && !tensor.name().equals("token_embd.weight");
    }

    /// Cells that a context of so many tokens has.
    public static long cells(long tokens) {
        return (tokens + CELLS - 1) / CELLS * CELLS;
    }

    /// Bytes of a KV cache.
    ///
    /// @param bytesPerNumber of its number format
    public double cache(long tokens, double bytesPerNumber) {
        return bytesPerNumber * cacheWidth * cells(tokens);
    }

    /// Bytes of the buffer that a step is computed in: the largest of what lives at a time in attention, in the
    /// feed-forward network, and while logits are computed.
    ///
    /// @param step           tokens that are computed at a time
    /// @param flashAttention without it the scores of all heads are held
    public double compute(long tokens, long step, boolean flashAttention) {
        double mask = (double) masks * cells(tokens) * step * (flashAttention ? 2 : FLOAT);
        double scores = flashAttention ? 0 : (double) FLOAT * cells(tokens) * step * heads;
        double attention = mask + scores + (double) FLOAT * step * (3 * width + 2 * queries + 2 * keys);
        double network = mask + (double) FLOAT * step * (3 * hidden + 4 * width);
        double output = (double) FLOAT * step * (vocabulary + 3 * width);
        return Math.max(attention, Math.max(network, output));
    }

    /// Bytes of the logits that are handed out.
    public double logits(long rows) {
        return (double) FLOAT * rows * vocabulary;
    }
}
