package io.vlm4j.model;

import io.vlm4j.Vlm4jException;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.internal.ProjectorImpl;
import io.vlm4j.tensor.Tensor;
import java.nio.file.Path;

/// A vision (or audio) tower with the projector that turns its features into rows of a model's input embeddings,
/// loaded from an mmproj GGUF file.
///
/// - **Owner**: whoever opened it, and behind that its model.
/// - **Threads**: thread-safe; encodings of several threads take turns, everything else runs beside them.
/// - **Close**: frees it and a cache of its own once; later calls do nothing, use after it is an
/// [IllegalStateException]. Refused with the
///   same while an encoding is running.
public sealed interface Projector extends AutoCloseable permits ProjectorImpl {
    Path path();

    /// The text model that it belongs to.
    Model model();

    boolean seesImages();

    boolean hearsAudio();

    /// Floats in each row of an encoding. This is the model's `embeddingSize()` except for models with stacked
    /// inputs.
    int embeddingSize();

    /// What remembers encodings: the one that the options named, or the projector's own.
    EmbeddingCache cache();

    /// Encodes a picture: decodes, preprocesses as the model wants it, runs the tower and the projector unless the
    /// [#cache()] knows the result.
    ///
    /// @return `[tokens, embeddingSize()]` in F32, to be closed by the caller
    /// @throws Vlm4jException.InvalidMedia when the picture cannot be decoded or is over its limits
    /// @throws Vlm4jException.Inference when the encoder fails
    Tensor encode(ImageInput image);

    @Override
    void close();
}
