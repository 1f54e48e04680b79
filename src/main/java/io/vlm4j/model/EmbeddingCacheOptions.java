package io.vlm4j.model;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/// How much an [EmbeddingCache] keeps, and where.
///
/// @param memoryBytes    most bytes of native memory; 0 keeps nothing in memory
/// @param directory      a folder that keeps embeddings beyond the process; several processes may share one
/// @param directoryBytes most bytes of files in that folder, those of all processes together
public record EmbeddingCacheOptions(long memoryBytes, Optional<Path> directory, long directoryBytes) {
    /// 256 MiB.
    public static final long DEFAULT_MEMORY_BYTES = 256L << 20;

    /// 1 GiB.
    public static final long DEFAULT_DIRECTORY_BYTES = 1L << 30;

    public EmbeddingCacheOptions {
        if (memoryBytes < 0) {
            throw new IllegalArgumentException("memoryBytes must be 0 (nothing) or more, not " + memoryBytes);
        }
        Objects.requireNonNull(directory, "directory");
        if (directoryBytes < 1) {
            throw new IllegalArgumentException("directoryBytes must be 1 or more, not " + directoryBytes);
        }
    }

    /// 256 MiB in memory, nothing on disk.
    public static EmbeddingCacheOptions defaults() {
        return new EmbeddingCacheOptions(DEFAULT_MEMORY_BYTES, Optional.empty(), DEFAULT_DIRECTORY_BYTES);
    }

    public EmbeddingCacheOptions withMemoryBytes(long value) {
        return new EmbeddingCacheOptions(value, directory, directoryBytes);
    }

    /// With a folder of at most 1 GiB.
    public EmbeddingCacheOptions withDirectory(Path value) {
        return withDirectory(value, DEFAULT_DIRECTORY_BYTES);
    }

    public EmbeddingCacheOptions withDirectory(Path value, long bytes) {
        return new EmbeddingCacheOptions(memoryBytes, Optional.of(value), bytes);
    }
}
