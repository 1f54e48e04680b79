package io.vlm4j.generation.internal;

import io.vlm4j.generation.Drafts;
import io.vlm4j.inference.internal.InferenceContextImpl;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.sampling.Sampler;
import java.util.Optional;

/// One token at a time.
final class PlainSteps implements TokenSteps {
    private static final int NO_TOKEN = -1;

    private final InferenceContextImpl context;
    private final Sampler sampler;
    private int chosen = NO_TOKEN; // but not evaluated

    PlainSteps(InferenceContextImpl context, Sampler sampler) {
        this.context = context;
        this.sampler = sampler;
    }

    @Override
    public void begin(TokenizedPrompt prompt) {}

    @Override
    public int next() {
        if (chosen != NO_TOKEN) {
            if (context.tokens() >= context.contextLength()) {
                return NO_ROOM;
            }
            context.decode(chosen);
        }
        chosen = context.sample(sampler);
        return chosen;
    }

    @Override
    public void settle() {}

    @Override
    public Optional<Drafts> drafts() {
        return Optional.empty();
    }
}
