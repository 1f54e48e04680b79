package io.vlm4j.generation;

import java.util.List;

/// How probable a token was where it was chosen: the model's own opinion, before temperature, grammar and every other
/// step of sampling, so that a token that a grammar forced may be improbable.
///
/// @param token          the id that was chosen
/// @param text           what it adds to a text; a part of a character is the replacement character, see
///     [io.vlm4j.model.Tokenizer#piece] for the bytes; empty for special tokens
/// @param logProbability natural logarithm, 0 or less
/// @param alternatives   the most probable tokens there, best first, as many as were asked for; the chosen one may be
///     among them
public record TokenProbability(int token, String text, float logProbability, List<Alternative> alternatives) {
    /// A token that might have been chosen.
    public record Alternative(int token, String text, float logProbability) {
        /// From 0 to 1.
        public double probability() {
            return Math.exp(logProbability);
        }
    }

    public TokenProbability {
        alternatives = List.copyOf(alternatives);
    }

    /// From 0 to 1.
    public double probability() {
        return Math.exp(logProbability);
    }
}
