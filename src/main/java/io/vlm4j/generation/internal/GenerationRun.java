package io.vlm4j.generation.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.WatchedLayers;
import io.vlm4j.inference.internal.InferenceContextImpl;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.RenderedChat;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.sampling.Sampler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// One generation, step by step: [#next()] does as much work as it takes to have an event.
public final class GenerationRun implements Iterator<GenerationEvent>, AutoCloseable {
    /// The first tokens draw attention whatever they say (Xiao et al., 2023, "attention sinks").
    private static final int KEPT_WHEN_SHIFTED = 4;

    private static final int LEAST_SHIFTED = 8;

    private final InferenceContextImpl context;
    private final @Nullable Projector projector;
    private final Prompt prompt;
    private final @Nullable RenderedChat conversation;
    private final GenerationOptions options;
    private final BooleanSupplier cancelled;
    private final Deque<GenerationEvent> ready = new ArrayDeque<>(4);
    private final Answer answer;
    private final Figures figures = new Figures();
    private final Probabilities.Source probabilities; // made once, not for each token
    private @Nullable Sampler sampler;
    private @Nullable TokenSteps steps;
    private long claim;
    private boolean finished;

    public GenerationRun(
            InferenceContextImpl context,
            @Nullable Projector projector,
            Prompt prompt,
            @Nullable RenderedChat conversation,
            GenerationOptions options,
            BooleanSupplier cancelled) {
        this.context = context;
        this.projector = projector;
        this.prompt = prompt;
        this.conversation = conversation;
        this.options = options;
        this.cancelled = cancelled;
        this.probabilities = context::logProbabilities;
        this.answer = new Answer(context.model(), prompt, conversation, options, ready::add);
    }

    @Override
    public boolean hasNext() {
        return !finished || !ready.isEmpty();
    }

    /// The next event, computed now.
    @Override
    public GenerationEvent next() {
        TokenSteps source = steps == null ? begin() : steps;
        if (ready.isEmpty()) {
            context.requireClaim(claim);
        }
        while (ready.isEmpty()) {
            step(source);
        }
        return ready.removeFirst();
    }

    /// Evaluates the prompt.
    private TokenSteps begin() {
        Sampler chooser = conversation == null
                ? Sampler.create(context.model(), options.sampling())
                : Sampler.create(context.model(), options.sampling(), conversation);
        sampler = chooser;
        context.use(options.adapters());
        context.watch(options.layers());
        claim = context.claim();
        TokenSteps created = TokenSteps.of(context, chooser, options);
        steps = created;
        long start = System.nanoTime();
        try (TokenizedPrompt tokenized = TokenizedPrompt.of(prompt, context.model(), projector)) {
            figures.prepared(tokenized, Duration.ofNanos(System.nanoTime() - start));
            if (tokenized.tokens() == 0) {
                throw new IllegalArgumentException("the prompt has no tokens");
            }
            evaluate(tokenized, created);
        }
        figures.decoding();
        return created;
    }

    private void evaluate(TokenizedPrompt tokenized, TokenSteps created) {
        if (cancelled.getAsBoolean()) {
            finish(FinishReason.CANCELLED);
            return;
        }
        try {
            int reused = context.remember(tokenized, projector, options.reuse(), new EvaluationListener() {
                @Override
                public void onMediaEncoded(int index, int mediaTokens, Duration time, boolean cached) {
                    figures.encoded(mediaTokens, time, cached);
                    ready.add(new GenerationEvent.MediaEncoded(mediaTokens, time, cached));
                }

                @Override
                public void onEvaluated(int evaluated, Duration time) {
                    figures.evaluated(time);
                }
            });
            long start = System.nanoTime();
            created.begin(tokenized);
            figures.evaluated(Duration.ofNanos(System.nanoTime() - start));
            figures.reused(reused);
            ready.add(new GenerationEvent.PromptEvaluated(tokenized.tokens(), reused, figures.prefill()));
        } catch (Vlm4jException.Cancelled e) {
            finish(FinishReason.CANCELLED);
        }
    }

    /// Chooses a token and turns it into text, after evaluating the one before it.
    private void step(TokenSteps source) {
        if (cancelled.getAsBoolean()) {
            finish(FinishReason.CANCELLED);
            return;
        }
        int token;
        try {
            token = source.next();
            if (token == TokenSteps.NO_ROOM && shifted()) {
                token = source.next();
            }
        } catch (Vlm4jException.Cancelled e) {
            finish(FinishReason.CANCELLED);
            return;
        }
        if (token == TokenSteps.NO_ROOM) {
            finish(FinishReason.CONTEXT_FULL);
            return;
        }
        FinishReason end = answer.add(token, probabilities);
        if (end != null) {
            finish(end);
        }
    }

    /// Makes room by forgetting the older half of what follows the prompt's beginning.
    private boolean shifted() {
        if (!options.shiftWhenFull() || !context.canShift()) {
            return false;
        }
        int movable = context.tokens() - KEPT_WHEN_SHIFTED;
        if (movable < LEAST_SHIFTED) {
            return false;
        }
        context.shift(KEPT_WHEN_SHIFTED, movable / 2);
        return true;
    }

    private void finish(FinishReason reason) {
        if (steps != null) {
            steps.settle();
        }
        answer.finish(reason, figures, steps == null ? Optional.empty() : steps.drafts());
        finished = true;
    }

    @Override
    public void close() {
        try {
            if (context.isClaimedBy(claim)) {
                if (!finished && steps != null) {
                    steps.settle();
                }
                if (!options.layers().isEmpty()) {
                    context.watch(WatchedLayers.none());
                }
            }
        } finally {
            finished = true;
            if (sampler != null) {
                sampler.close();
            }
        }
    }
}
