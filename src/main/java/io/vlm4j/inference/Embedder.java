package io.vlm4j.inference;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.internal.EmbedderImpl;
import io.vlm4j.model.Model;

/// Turns texts into vectors: the mean of the model's last hidden states over a text's tokens, or what the model's file
/// says instead, scaled to length 1.
///
/// - **Owner**: whoever created it; closed with its model at the latest.
/// - **Threads**: one at a time; a second one gets an [IllegalStateException].
/// - **Close**: frees its context, once; use after it is an [IllegalStateException].
public sealed interface Embedder extends AutoCloseable permits EmbedderImpl {
    /// @param options `contextLength` is the length of the longest text, which is evaluated at once; at most
    ///     [#DEFAULT_LENGTH] when it is 0
    /// @throws Vlm4jException.ModelLoad when the context cannot be made
    static Embedder create(Model model, ContextOptions options) {
        return EmbedderImpl.create(model, options);
    }

    int DEFAULT_LENGTH = 2048;

    /// Numbers of each vector.
    int size();

    /// Tokens of the longest text.
    int contextLength();

    /// @param tokens as [io.vlm4j.model.Tokenizer] makes them, with BOS where the model has it
    /// @return `size()` numbers
    /// @throws Vlm4jException.ContextFull when there are too many
    float[] embed(int[] tokens);

    @Override
    void close();
}
