package io.vlm4j.model.internal;

import io.vlm4j.tensor.Shape;

/// Equal for encodings that are equal.
///
/// @param content what was encoded: the kind of medium, a hash of it, and the number of the tile
/// @param shape   of the encoding; among the key so that memory of another size is never taken for it
record EmbeddingKey(EncoderIdentity encoder, String content, Shape shape) {
    /// The key as it survives a restart.
    ///
    /// @param projector hash of the projector's file
    byte[] lasting(String projector) {
        return Sha256.of(String.join("\n", projector, encoder.settings(), content, shape.toString()));
    }
}
