package io.vlm4j.generation;

import io.vlm4j.graph.Grounding;
import java.util.List;
import java.util.Optional;

/// What came out.
///
/// @param text          of the answer, without stop strings and special tokens
/// @param tokens        all tokens that were chosen, in order
/// @param finishReason  why it ended
/// @param probabilities of `tokens`, one for one; empty unless [GenerationOptions#logProbabilities()] asks for them
/// @param drafts        how many guesses were right; empty without [Speculation]
/// @param grounding     what the answer speaks of and where that is in the picture, from models that say so (KOSMOS-2):
///     the prompt's text and the answer, read as transformers does. What comes after `<grounding>` has entities
public record Generation(
        String text,
        List<Integer> tokens,
        FinishReason finishReason,
        Usage usage,
        Timings timings,
        List<TokenProbability> probabilities,
        Optional<Drafts> drafts,
        Optional<Grounding> grounding) {
    public Generation {
        tokens = List.copyOf(tokens);
        probabilities = List.copyOf(probabilities);
    }
}
