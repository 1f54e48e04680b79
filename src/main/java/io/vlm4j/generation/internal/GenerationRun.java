package io.vlm4j.generation.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Timings;
import io.vlm4j.generation.Usage;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.WatchedLayers;
import io.vlm4j.inference.internal.InferenceContextImpl;
import io.vlm4j.model.Projector;
import io.vlm4j.model.internal.TokenPiece;
import io.vlm4j.model.internal.TokenizerImpl;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.RenderedChat;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.sampling.Sampler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// One generation, step by step: [#next()] does as much work as it takes to have an event.
public final class GenerationRun implements AutoCloseable {
    private static final int NO_TOKEN = -1;

    /// The first tokens draw attention whatever they say (Xiao et al., 2023, "attention sinks").
    private static final int KEPT_WHEN_SHIFTED = 4;

    private static final int LEAST_SHIFTED = 8;

    private final InferenceContextImpl context;
    private final @Nullable Projector projector;
    private final Prompt prompt;
    private final @Nullable RenderedChat conversation;
    private final BitSet shownSpecials; // special tokens that belong to the text
    private final GenerationOptions options;
    private final BooleanSupplier cancelled;
    private final TokenizerImpl tokenizer;
    private final TextAssembler assembler = new TextAssembler();
    private final StopMatcher stops;
    private final Deque<GenerationEvent> ready = new ArrayDeque<>(4);
    private final StringBuilder text = new StringBuilder();
    private final @Nullable Probabilities probabilities; // none unless they were asked for
    private @Nullable Sampler sampler;
    private @Nullable TokenSteps steps;
    private int[] tokens = new int[64];
    private int count;
    private long claim;
    private boolean trimming;
    private boolean finished;
    private int promptTokens;
    private int imageTokens;
    private int reusedTokens;
    private int cachedImageTokens;
    private Duration prepare = Duration.ZERO;
    private Duration imageEncode = Duration.ZERO;
    private Duration prefill = Duration.ZERO;
    private long decodeStart;

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
        this.tokenizer = (TokenizerImpl) context.model().tokenizer();
        List<String> allStops = new ArrayList<>(prompt.stops());
        allStops.addAll(options.stops());
        this.stops = new StopMatcher(List.copyOf(allStops));
        this.trimming = options.trimLeadingSpace();
        this.probabilities = options.logProbabilities().isEmpty()
                ? null
                : new Probabilities(
                        context, tokenizer, options.logProbabilities().getAsInt());
        this.shownSpecials = conversation == null ? new BitSet() : tokens(conversation.preservedTokens());
    }

    /// Those of the texts that are one token each.
    private BitSet tokens(List<String> texts) {
        BitSet found = new BitSet();
        for (String special : texts) {
            int[] ids = tokenizer.encode(special, false, true);
            if (ids.length == 1) {
                found.set(ids[0]);
            }
        }
        return found;
    }

    public boolean isFinished() {
        return finished && ready.isEmpty();
    }

    /// The next event, computed now.
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
            prepare = Duration.ofNanos(System.nanoTime() - start);
            if (tokenized.tokens() == 0) {
                throw new IllegalArgumentException("the prompt has no tokens");
            }
            promptTokens = tokenized.tokens();
            imageTokens = tokenized.mediaTokens();
            evaluate(tokenized, created);
        }
        decodeStart = System.nanoTime();
        return created;
    }

    private void evaluate(TokenizedPrompt tokenized, TokenSteps created) {
        if (cancelled.getAsBoolean()) {
            finish(FinishReason.CANCELLED);
            return;
        }
        try {
            reusedTokens = context.remember(tokenized, projector, options.reuse(), new EvaluationListener() {
                @Override
                public void onMediaEncoded(int index, int mediaTokens, Duration time, boolean cached) {
                    cachedImageTokens += cached ? mediaTokens : 0;
                    imageEncode = imageEncode.plus(time);
                    ready.add(new GenerationEvent.MediaEncoded(mediaTokens, time, cached));
                }

                @Override
                public void onEvaluated(int evaluated, Duration time) {
                    prefill = prefill.plus(time);
                }
            });
            long start = System.nanoTime();
            created.begin(tokenized);
            prefill = prefill.plusNanos(System.nanoTime() - start);
            ready.add(new GenerationEvent.PromptEvaluated(promptTokens, reusedTokens, prefill));
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
        remember(token);
        if (probabilities != null) {
            probabilities.read(token);
        }
        if (tokenizer.isEndOfGeneration(token) && !options.ignoreEnd()) {
            finish(FinishReason.END_OF_GENERATION);
            return;
        }
        TokenPiece piece = shownSpecials.get(token) ? tokenizer.specialPiece(token) : tokenizer.tokenPiece(token);
        emit(stops.add(assembler.add(piece)), token);
        if (stops.hasMatched()) {
            finish(FinishReason.STOP_STRING);
        } else if (count >= options.maxTokens()) {
            finish(FinishReason.MAX_TOKENS);
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

    private void remember(int token) {
        if (count == tokens.length) {
            tokens = Arrays.copyOf(tokens, count * 2);
        }
        tokens[count++] = token;
    }

    private void emit(String piece, int token) {
        String shown = piece;
        if (trimming) {
            shown = piece.stripLeading();
            trimming = shown.isEmpty();
        }
        if (!shown.isEmpty()) {
            text.append(shown);
            ready.add(new GenerationEvent.Text(shown, token, probabilities == null ? List.of() : probabilities.more()));
        }
    }

    private void finish(FinishReason reason) {
        if (steps != null) {
            steps.settle();
        }
        if (!stops.hasMatched()) {
            emit(stops.add(assembler.end()), count == 0 ? NO_TOKEN : tokens[count - 1]);
            emit(stops.end(), count == 0 ? NO_TOKEN : tokens[count - 1]);
        }
        Duration decode = decodeStart == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - decodeStart);
        ready.add(new GenerationEvent.Finished(new Generation(
                text.toString(),
                IntStream.of(tokens).limit(count).boxed().toList(),
                reason,
                new Usage(promptTokens, imageTokens, reusedTokens, cachedImageTokens, count),
                new Timings(prepare, imageEncode, prefill, decode),
                probabilities == null ? List.of() : probabilities.all(),
                steps == null ? Optional.empty() : steps.drafts())));
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
