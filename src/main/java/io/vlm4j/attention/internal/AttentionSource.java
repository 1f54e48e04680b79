package io.vlm4j.attention.internal;

import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.prompt.Prompt;

/// Generates, and tells the attentions of every layer on the way.
public interface AttentionSource extends AutoCloseable {
    /// @param attentions of the prompt's tokens and the answer's, as far as they were evaluated: the last is not
    record Captured(Generation generation, Attentions attentions) {}

    /// @param kept from which token on every head is kept; of those before it the mean
    Captured generate(Prompt prompt, int kept, GenerationOptions options, Cancellation cancellation);

    @Override
    void close();
}
