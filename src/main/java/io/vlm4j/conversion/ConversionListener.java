package io.vlm4j.conversion;

import java.nio.file.Path;

/// Is told how far a conversion has come.
@FunctionalInterface
public interface ConversionListener {
    /// Called on the converting thread, several times a second.
    ///
    /// @param file   what is being written
    /// @param tensor the tensor that is being written
    /// @param done   bytes of all tensors of all files that are there, those of an earlier attempt included
    /// @param total  bytes of all tensors of all files
    /// @return false to stop; the same conversion later goes on where it was
    boolean onProgress(Path file, String tensor, long done, long total);

    /// Nobody listens.
    static ConversionListener none() {
        return (_, _, _, _) -> true;
    }
}
