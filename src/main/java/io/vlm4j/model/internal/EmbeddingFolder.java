package io.vlm4j.model.internal;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/// Encodings on disk, one file each, whose name is a hash of everything the encoding depends on.
///
/// Thread rule: thread-safe.
final class EmbeddingFolder {
    private final CacheFolder folder;
    private final FileHashes projectors;

    /// @throws IllegalArgumentException when the folder cannot be made or read, or is no folder
    EmbeddingFolder(Path path, long maxBytes) {
        this.folder = new CacheFolder(path, maxBytes);
        this.projectors = new FileHashes(folder);
    }

    /// @return whether `data` was filled; if not, it holds anything
    boolean read(EmbeddingKey key, MemorySegment data) {
        Optional<String> projector = projectors.of(key.encoder().file());
        if (projector.isEmpty()) {
            return false;
        }
        byte[] name = key.lasting(projector.get());
        return folder.read(EmbeddingFile.name(name), channel -> EmbeddingFile.read(channel, name, key.shape(), data));
    }

    void write(EmbeddingKey key, MemorySegment data) {
        projectors.of(key.encoder().file()).ifPresent(projector -> {
            byte[] name = key.lasting(projector);
            folder.write(
                    EmbeddingFile.name(name),
                    EmbeddingFile.HEADER + data.byteSize(),
                    channel -> EmbeddingFile.write(channel, name, key.shape(), data));
        });
    }

    long failures() {
        return folder.failures();
    }
}
