package io.vlm4j.generation.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.Drafts;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Speculation;
import io.vlm4j.inference.internal.InferenceContextImpl;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.sampling.Sampler;
import java.util.Optional;

/// The tokens of an answer, one after the other, each chosen by the model's own sampler from the model's own logits.
sealed interface TokenSteps permits PlainSteps, SpeculativeSteps {
    /// Returned by [#next()] when the context has no room for the last token.
    int NO_ROOM = -1;

    /// @throws IllegalArgumentException when the options ask for guesses that cannot be made with this model
    /// @throws Vlm4jException.ModelLoad when they name a model for them that has another vocabulary
    static TokenSteps of(InferenceContextImpl context, Sampler sampler, GenerationOptions options) {
        return switch (options.speculation()) {
            case Speculation.None _ -> new PlainSteps(context, sampler);
            case Speculation.NgramLookup lookup ->
                new SpeculativeSteps(
                        context, sampler, new NgramDrafter(lookup), lookup.maxDraft(), options.maxTokens());
            case Speculation.DraftModel draft ->
                new SpeculativeSteps(
                        context,
                        sampler,
                        new ModelDrafter(draft, context, options.ignoreEnd()),
                        draft.maxDraft(),
                        options.maxTokens());
        };
    }

    /// The prompt is in the context now.
    ///
    /// @throws Vlm4jException.Cancelled when it was interrupted
    void begin(TokenizedPrompt prompt);

    /// Chooses a token, after evaluating the one before it.
    ///
    /// @throws Vlm4jException.Cancelled when that was interrupted
    int next();

    /// Leaves in the context what belongs there at the end: every token that was chosen, but for the last one.
    void settle();

    /// How guesses turned out so far; empty when none are made.
    Optional<Drafts> drafts();
}
