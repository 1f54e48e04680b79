package io.vlm4j.generation;

import io.vlm4j.inference.InferenceContext;
import java.util.Objects;

/// Guessing tokens ahead, so that the model evaluates several in one pass. It never changes an answer: the model's own
/// sampler chooses each token by the model's own logits, and a guess counts only where it is what was chosen. So greedy
/// answers stay the same, and drawn ones keep their distribution, whatever the sampling settings and the grammar. (A
/// pass of several tokens rounds its sums in another order than a pass of one; where two tokens are equally likely to
/// the last digits, that can decide.)
///
/// It pays where guesses are often right and a pass of several tokens takes little longer than one of one token: for
/// large models, and for answers that repeat what was said before. [Generation#drafts()] counts.
///
/// {@snippet class="io.vlm4j.snippets.GenerationSnippets" region="lookup"}
public sealed interface Speculation {
    /// The most tokens that may be guessed at once.
    int MOST = 64;

    /// No guesses.
    static Speculation none() {
        return None.NONE;
    }

    /// No guesses.
    enum None implements Speculation {
        NONE
    }

    /// Guesses that the text goes on as it did the last time that its newest tokens stood in it, be it in the prompt or
    /// in the answer (prompt look-up decoding, Saxena 2023). Needs no second model, and costs next to nothing where it
    /// finds nothing.
    ///
    /// @param minLength fewest newest tokens that must have stood there
    /// @param maxLength most newest tokens that are looked for; the longest that is found decides
    /// @param maxDraft  most tokens guessed at once, at most [#MOST]
    record NgramLookup(int minLength, int maxLength, int maxDraft) implements Speculation {
        private static final int LONGEST = 64;

        public NgramLookup {
            between("minLength", minLength, 1, LONGEST);
            between("maxLength", maxLength, minLength, LONGEST);
            between("maxDraft", maxDraft, 1, MOST);
        }

        /// The last two to four tokens, up to eight guesses.
        public static NgramLookup defaults() {
            return new NgramLookup(2, 4, 8);
        }
    }

    /// Lets a smaller model guess (Leviathan et al. 2023). It must have the same vocabulary, and sees the text alone,
    /// without pictures.
    ///
    /// {@snippet class="io.vlm4j.snippets.GenerationSnippets" region="draft"}
    ///
    /// @param context        of the smaller model; borrowed: whoever made it closes it, after the generation. Only one
    ///     generation at a time may use it. When it is full, the answer goes on without guesses
    /// @param maxDraft       most tokens guessed at once, at most [#MOST]
    /// @param minProbability a guess that its model finds less probable is not made, nor those after it; 0 to 1
    record DraftModel(InferenceContext context, int maxDraft, float minProbability) implements Speculation {
        public DraftModel {
            Objects.requireNonNull(context, "context");
            between("maxDraft", maxDraft, 1, MOST);
            if (!(minProbability >= 0 && minProbability <= 1)) {
                throw new IllegalArgumentException("minProbability must be 0 to 1, not " + minProbability);
            }
        }

        /// Up to eight guesses that are more likely than not.
        public static DraftModel of(InferenceContext context) {
            return new DraftModel(context, 8, 0.5f);
        }
    }

    private static void between(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be " + least + " to " + most + ", not " + value);
        }
    }
}
