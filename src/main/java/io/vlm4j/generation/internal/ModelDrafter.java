package io.vlm4j.generation.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.Speculation;
import io.vlm4j.inference.internal.InferenceContextImpl;
import io.vlm4j.model.internal.TokenizerImpl;
import java.util.Arrays;

/// Lets a smaller model guess its most likely tokens. Its context follows the text: it keeps the guesses that came
/// true, forgets the others, and evaluates what is new.
final class ModelDrafter implements Drafter {
    private static final int FEW = 16; // new tokens evaluated at a time; there are one or two after the prompt

    private final InferenceContextImpl context;
    private final Speculation.DraftModel settings;
    private final TokenizerImpl tokenizer; // of the model that decides
    private final boolean ignoreEnd;
    private final int[] few;
    private final int[] guesses;
    private final long claim;
    private int followed; // this much of the text is in the context, or no text
    private int ahead; // guesses that are in the context after that
    private boolean lost; // it cannot follow any more

    /// @param decider whose model has the last word
    /// @throws Vlm4jException.ModelLoad when the two have different vocabularies
    /// @throws IllegalArgumentException when it is the decider's context, or its memory cannot be cut
    ModelDrafter(Speculation.DraftModel settings, InferenceContextImpl decider, boolean ignoreEnd) {
        this.context = (InferenceContextImpl) settings.context();
        if (context == decider) {
            throw new IllegalArgumentException("the " + context + " cannot guess for itself; it needs one of its own");
        }
        this.tokenizer = (TokenizerImpl) decider.model().tokenizer();
        ((TokenizerImpl) context.model().tokenizer()).difference(tokenizer).ifPresent(difference -> {
            throw new Vlm4jException.ModelLoad(context.model() + " cannot guess for " + decider.model()
                    + ": their vocabularies differ, " + difference);
        });
        this.settings = settings;
        this.ignoreEnd = ignoreEnd;
        this.few = new int[Math.min(FEW, context.batchSize())];
        this.guesses = new int[settings.maxDraft()];
        this.claim = context.claim();
        if (!context.canForgetLast()) {
            throw new IllegalArgumentException(
                    context.model() + " cannot guess: its memory cannot be cut, so that wrong guesses would stay");
        }
    }

    @Override
    public void begin(TokenSequence history) {
        int[] text = new int[history.size()];
        int count = 0;
        for (int i = 0; i < history.size(); i++) {
            if (history.at(i) != TokenSequence.GAP) {
                lost |= !knows(history.at(i));
                text[count++] = history.at(i);
            }
        }
        followed = history.size();
        lost |= count > context.contextLength();
        if (!lost && count > 0) {
            context.remember(Arrays.copyOf(text, count));
        }
    }

    @Override
    public int draft(TokenSequence history, int[] batch, int most) {
        if (lost) {
            return 0;
        }
        context.requireClaim(claim);
        keepWhatCameTrue(history);
        return follow(history) ? guess(batch, most) : 0;
    }

    private void keepWhatCameTrue(TokenSequence history) {
        int right = 0;
        while (right < ahead && history.at(followed + right) == guesses[right]) {
            right++;
        }
        context.forgetLast(ahead - right);
        followed += right;
        ahead = 0;
    }

    /// Evaluates what is new, the last token at least.
    ///
    /// @return false when it cannot, now and for good
    private boolean follow(TokenSequence history) {
        while (followed < history.size()) {
            int count = 0;
            for (int i = followed; i < history.size() && count < few.length; i++) {
                lost |= !knows(history.at(i));
                few[count++] = history.at(i);
            }
            lost |= context.tokens() + count > context.contextLength();
            if (lost) {
                return false;
            }
            context.decodeAll(few, count);
            followed += count;
        }
        return true;
    }

    /// Both vocabularies may have fillers that the other has not.
    private boolean knows(int token) {
        return token < context.model().tokenizer().size();
    }

    private int guess(int[] batch, int most) {
        for (int i = 0; i < most; i++) {
            int token = context.mostLikely(settings.minProbability());
            if (token < 0 || token >= tokenizer.size()) {
                return i;
            }
            batch[i + 1] = token;
            guesses[i] = token;
            boolean last = !ignoreEnd && tokenizer.isEndOfGeneration(token);
            if (last || i + 1 == most || context.tokens() == context.contextLength()) {
                return i + 1;
            }
            context.decode(token);
            ahead = i + 1;
        }
        return most;
    }
}
