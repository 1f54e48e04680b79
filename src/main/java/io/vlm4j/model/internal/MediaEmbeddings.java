package io.vlm4j.model.internal;

import io.vlm4j.tensor.Tensor;

/// The rows that a model reads instead of a picture's tokens.
///
/// Owner: whoever asked for them; closing lets go of the tensor.
///
/// @param tensor `[tokens, embedding size]` in F32, valid until closed
/// @param cached whether nothing was encoded for this request
public record MediaEmbeddings(Tensor tensor, boolean cached) implements AutoCloseable {
    @Override
    public void close() {
        tensor.close();
    }
}
