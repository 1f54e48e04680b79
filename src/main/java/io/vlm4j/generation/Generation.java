package io.vlm4j.generation;

import java.util.List;
import java.util.Optional;

/// What came out.
///
/// @param text          of the answer, without stop strings and special tokens
/// @param tokens        all tokens that were chosen, in order
/// @param finishReason  why it ended
/// @param probabilities of `tokens`, one for one; empty unless [GenerationOptions#logProbabilities()] asks for them
/// @param drafts        how many guesses were right; empty without [Speculation]
public record Generation(
        String text,
        List<Integer> tokens,
        FinishReason finishReason,
        Usage usage,
        Timings timings,
        List<TokenProbability> probabilities,
        Optional<Drafts> drafts) {
    public Generation {
        tokens = List.copyOf(tokens);
        probabilities = List.copyOf(probabilities);
    }
}
