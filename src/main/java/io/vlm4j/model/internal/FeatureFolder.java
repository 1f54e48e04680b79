package io.vlm4j.model.internal;

import io.vlm4j.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// What a vision tower makes of pictures before the projector, in a folder of bounded size that outlives the process:
/// one file each, whole or not there, named by a hash of picture, projector file and everything else that it
/// depends on.
///
/// Thread rule: thread-safe. No failure of a file is thrown: what cannot be read is computed again.
public final class FeatureFolder {
    private final EmbeddingFolder folder;
    private final EncoderIdentity encoder;

    /// @param maxBytes of all files together; those used longest ago are deleted
    /// @throws IllegalArgumentException when the folder cannot be made or read, or is no folder
    public FeatureFolder(ProjectorImpl projector, Path path, long maxBytes) {
        this.folder = new EmbeddingFolder(path, maxBytes);
        this.encoder = projector.identity();
    }

    /// @param picture a hash of the pixels that the tower sees
    /// @param data    filled when there is a file, else it holds anything
    /// @return whether there is one
    public boolean read(String picture, Shape shape, MemorySegment data) {
        return folder.read(key(picture, shape), data);
    }

    public void write(String picture, Shape shape, MemorySegment data) {
        folder.write(key(picture, shape), data);
    }

    private EmbeddingKey key(String picture, Shape shape) {
        return new EmbeddingKey(encoder, "features of " + picture, shape);
    }
}
