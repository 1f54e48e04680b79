package io.vlm4j.generation.internal;

import io.vlm4j.generation.Drafts;
import io.vlm4j.inference.internal.InferenceContextImpl;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.sampling.Sampler;
import java.util.Optional;

/// Evaluates the last token together with guesses of those after it, and then chooses token by token from the logits
/// after each: as long as what is chosen was guessed, it is evaluated already.
///
/// Nothing is chosen before it is asked for, so that sampler, grammar and steps written in Java are called as often and
/// with the same as without guesses, and an end in the middle of right guesses is an end.
final class SpeculativeSteps implements TokenSteps {
    private static final int NO_TOKEN = -1;

    private final InferenceContextImpl context;
    private final Sampler sampler;
    private final Drafter drafter;
    private final TokenSequence history = new TokenSequence(); // text of the prompt, and what was chosen
    private final int[] batch; // the last token, and guesses
    private int left; // tokens that may still be chosen
    private int chosen = NO_TOKEN;
    private int rows; // of the batch that are in the context
    private int row = -1; // from whose logits the last token was chosen
    private int accepted;
    private int rejected;

    /// @param most tokens that will be chosen at most
    /// @throws IllegalArgumentException when guesses cannot be taken back
    SpeculativeSteps(InferenceContextImpl context, Sampler sampler, Drafter drafter, int maxDraft, int most) {
        if (!context.canForgetLast()) {
            throw new IllegalArgumentException("tokens cannot be guessed ahead with " + context.model()
                    + ": its memory cannot be cut, so that wrong guesses would stay");
        }
        this.context = context;
        this.sampler = sampler;
        this.drafter = drafter;
        this.left = most;
        this.batch = new int[Math.min(maxDraft + 1, context.batchSize())];
    }

    @Override
    public void begin(TokenizedPrompt prompt) {
        history.addText(prompt);
        drafter.begin(history);
    }

    @Override
    public int next() {
        if (chosen == NO_TOKEN) {
            take(context.sample(sampler)); // after the prompt
            return chosen;
        }
        if (row + 1 == rows) {
            if (context.tokens() >= context.contextLength()) {
                return NO_ROOM;
            }
            evaluate();
        }
        row++;
        take(context.sample(sampler, row));
        if (row + 1 < rows) {
            if (chosen == batch[row + 1]) {
                accepted++;
            } else {
                rejected += rows - row - 1;
                forgetGuesses();
            }
        }
        return chosen;
    }

    private void take(int token) {
        chosen = token;
        history.add(token);
        left--;
    }

    private void evaluate() {
        int room = context.contextLength() - context.tokens();
        int most = Math.min(batch.length - 1, Math.min(room - 1, left - 1)); // one more is chosen than was guessed
        batch[0] = chosen;
        int guesses = most > 0 ? drafter.draft(history, batch, most) : 0;
        rows = 0;
        row = -1;
        context.decodeAll(batch, guesses + 1);
        rows = guesses + 1;
    }

    private void forgetGuesses() {
        context.forgetLast(rows - row - 1);
        rows = row + 1;
    }

    @Override
    public void settle() {
        if (rows > row + 1) {
            forgetGuesses();
        }
    }

    @Override
    public Optional<Drafts> drafts() {
        return Optional.of(new Drafts(accepted + rejected, accepted));
    }
}
