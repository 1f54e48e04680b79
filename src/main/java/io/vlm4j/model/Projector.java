package io.vlm4j.model;

import io.vlm4j.Vlm4jException;
import io.vlm4j.media.AudioInput;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.internal.OpenProjector;
import io.vlm4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.OptionalInt;

/// A vision tower, an audio tower, or both, with the projectors that turn their features into rows of a model's input
/// embeddings, loaded from an mmproj GGUF file.
///
/// - **Owner**: whoever opened it, and behind that its model.
/// - **Threads**: thread-safe; encodings of several threads take turns, everything else runs beside them.
/// - **Close**: frees it and a cache of its own once; later calls do nothing, use after it is an
/// [IllegalStateException]. Refused with the
///   same while an encoding is running.
public sealed interface Projector extends AutoCloseable permits OpenProjector {
    Path path();

    /// The text model that it belongs to.
    Model model();

    boolean seesImages();

    boolean hearsAudio();

    /// How many samples a second of a sound it takes; empty when it hears none. Sounds of other rates are resampled.
    OptionalInt audioSampleRate();

    /// Floats in each row of an encoding. This is the model's `embeddingSize()` except for models with stacked
    /// inputs.
    int embeddingSize();

    /// How it cuts pictures into tiles, and what its file lacks if that is not as LLaVA-NeXT has it.
    Tiling tiling();

    /// What remembers encodings: the one that the options named, or the projector's own.
    EmbeddingCache cache();

    /// Encodes a picture: decodes, preprocesses as the model wants it, runs the tower and the projector unless the
    /// [#cache()] knows the result. A picture in tiles that are [merged][Tiling.Kind#MERGED] is one encoding with the
    /// ends of its rows.
    ///
    /// @return `[tokens, embeddingSize()]` in F32, to be closed by the caller
    /// @throws Vlm4jException.InvalidMedia when the picture cannot be decoded or is over its limits, or the projector
    ///     sees none
    /// @throws Vlm4jException.Inference when the encoder fails
    Tensor encode(ImageInput image);

    /// Encodes a sound: decodes, resamples, preprocesses as the model wants it, runs the tower and the projector. Most
    /// models take a sound in windows of 30 seconds, the last one filled up with silence; the rows of all windows
    /// follow each other.
    ///
    /// @return `[tokens, embeddingSize()]` in F32, to be closed by the caller
    /// @throws Vlm4jException.InvalidMedia when the sound cannot be decoded, is over its limits or shorter than a tenth
    ///     of a second, or the projector hears none
    /// @throws Vlm4jException.Inference when the encoder fails
    Tensor encode(AudioInput audio);

    @Override
    void close();
}
