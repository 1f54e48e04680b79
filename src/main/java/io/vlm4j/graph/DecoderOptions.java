package io.vlm4j.graph;

import java.util.Objects;

/// How a [Decoder] is set up.
///
/// @param threads       of the CPU
/// @param contextLength the rows that fit into its memory; 0 for those it was made for, at most 4096
/// @param batchSize     the rows that are evaluated at once; longer inputs are cut
/// @param cacheType     of keys and values
public record DecoderOptions(int threads, int contextLength, int batchSize, CacheType cacheType) {
    /// The rows of a memory when nothing else is said.
    public static final int DEFAULT_LENGTH = 4096;

    private static final int DEFAULT_BATCH = 512;
    private static final int MOST = 1 << 24;
    private static final int MOST_THREADS = 512; // ggml.h: GGML_MAX_N_THREADS

    /// @throws IllegalArgumentException naming the setting that is out of range
    public DecoderOptions {
        Objects.requireNonNull(cacheType, "cacheType");
        require("threads", threads, 1, MOST_THREADS);
        require("contextLength", contextLength, 0, MOST);
        require("batchSize", batchSize, 1, MOST);
    }

    private static void require(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be " + least + " to " + most + ", not " + value);
        }
    }

    /// As generation wants it: keys and values in half precision, 512 rows at once.
    public static DecoderOptions ofThreads(int threads) {
        return new DecoderOptions(threads, 0, DEFAULT_BATCH, CacheType.F16);
    }

    public DecoderOptions withContextLength(int rows) {
        return new DecoderOptions(threads, rows, batchSize, cacheType);
    }

    public DecoderOptions withBatchSize(int rows) {
        return new DecoderOptions(threads, contextLength, rows, cacheType);
    }

    public DecoderOptions withCacheType(CacheType type) {
        return new DecoderOptions(threads, contextLength, batchSize, type);
    }
}
