package io.vlm4j.sampling;

import io.vlm4j.Vlm4jException;
import io.vlm4j.model.Model;
import io.vlm4j.prompt.RenderedChat;
import io.vlm4j.sampling.internal.SamplerImpl;

/// Chooses tokens for one sequence: it remembers what was chosen, for penalties, grammar and random draws.
///
/// - **Owner**: whoever created it, and behind that its model.
/// - **Threads**: one thread at a time; a second one gets an [IllegalStateException].
/// - **Close**: frees it once; later calls do nothing, use after it is an [IllegalStateException].
public sealed interface Sampler extends AutoCloseable permits SamplerImpl {
    /// @throws Vlm4jException.InvalidGrammar when the grammar does not parse
    /// @throws IllegalArgumentException when a biased token is not in the vocabulary
    static Sampler create(Model model, SamplingOptions options) {
        return SamplerImpl.create(model, options, null);
    }

    /// As [#create(Model, SamplingOptions)], for an answer that a chat template may constrain: to a JSON schema, or to
    /// the format in which tools are called.
    ///
    /// @throws Vlm4jException.InvalidGrammar when a grammar does not parse
    static Sampler create(Model model, SamplingOptions options, RenderedChat answerTo) {
        return SamplerImpl.create(model, options, answerTo);
    }

    SamplingOptions options();

    /// Tells the sampler of a token that it did not choose, such as one of the prompt that penalties shall count.
    ///
    /// @throws IllegalArgumentException when the token is not in the vocabulary, or the grammar does not allow it
    void accept(int token);

    /// Forgets the sequence: back to the beginning of the grammar and of the random draws.
    void reset();

    @Override
    void close();
}
