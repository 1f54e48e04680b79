package io.vlm4j.model;

import io.vlm4j.Vlm4jException;
import io.vlm4j.model.internal.ModelImpl;
import java.nio.file.Path;

/// The weights of a text model (the decoder of a vision-language model), loaded from a GGUF file.
///
/// - **Owner**: whoever opened it.
/// - **Threads**: immutable and thread-safe; any number of contexts and projectors may use it at the same time.
/// - **Close**: closes the contexts, samplers and projectors made from it first, newest first, then the adapters,
///   then frees the weights. Closing again does nothing; use after it is an [IllegalStateException]. It is refused with
/// the same
///   while a native call is running.
public sealed interface Model extends AutoCloseable permits ModelImpl {
    /// Opens a model with default options.
    static Model open(Path path) {
        return open(path, ModelOptions.defaults());
    }

    /// Opens a model. The file's structure is checked in Java before native code sees it.
    ///
    /// @param path a GGUF file; of a split model the first part
    /// @throws Vlm4jException.InvalidFile when the file is missing, not a GGUF file, or damaged
    /// @throws Vlm4jException.ModelLoad when its architecture is unknown or memory is short
    /// @throws Vlm4jException.Cancelled when the listener said so
    static Model open(Path path, ModelOptions options) {
        return ModelImpl.open(path, options);
    }

    Path path();

    /// Size and kind in words, such as `llama 7B Q4_K - Medium`.
    String description();

    /// The `general.architecture` of the file, such as `llama`.
    String architecture();

    Tokenizer tokenizer();

    /// The context length that the model was trained for, in tokens.
    int trainedContextLength();

    /// Width of the residual stream, in floats.
    int embeddingSize();

    int layers();

    int heads();

    int keyValueHeads();

    /// Number of weights.
    long parameters();

    /// Bytes that the weights take.
    long sizeInBytes();

    /// Whether its image encoder is in its own file (Fuyu, KOSMOS-2), so that [#openProjector(Path)] takes its
    /// [#path()].
    boolean seesByItself();

    /// Opens the projector (mmproj file) that belongs to this model, with default options.
    default Projector openProjector(Path path) {
        return openProjector(path, ProjectorOptions.defaults());
    }

    /// Opens the projector (mmproj file) that belongs to this model, which is the model's own file when it
    /// [sees by itself][#seesByItself()]. It is closed with the model at the latest.
    ///
    /// @throws Vlm4jException.InvalidFile when the file is missing, not a GGUF file, or damaged
    /// @throws Vlm4jException.ModelLoad when it is no projector, of an unknown kind, or made for another model
    /// @throws Vlm4jException.Cancelled when the listener said so
    Projector openProjector(Path path, ProjectorOptions options);

    /// Loads a LoRA adapter for this model. Contexts use it when they are told to; see [LoraAdapter].
    ///
    /// @throws Vlm4jException.InvalidFile when the file is missing, not a GGUF file, damaged, or contradicts itself
    /// @throws Vlm4jException.ModelLoad when it is no LoRA adapter, of a kind that cannot be used (activated LoRA),
    ///     made for another model, or memory is short
    LoraAdapter openAdapter(Path path);

    @Override
    void close();
}
