package io.vlm4j.generation.internal;

import io.vlm4j.generation.Drafts;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.model.Model;
import io.vlm4j.model.internal.TokenPiece;
import io.vlm4j.model.internal.TokenizerImpl;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.RenderedChat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The text side of a generation: chosen tokens become events, and in the end what came out. Knows neither contexts nor
/// samplers. One thread at a time.
public final class Answer {
    private static final int NO_TOKEN = -1;

    private final GenerationOptions options;
    private final Consumer<? super GenerationEvent> events;
    private final TokenizerImpl tokenizer;
    private final BitSet shownSpecials; // special tokens that belong to the text
    private final TextAssembler assembler = new TextAssembler();
    private final StopMatcher stops;
    private final StringBuilder text = new StringBuilder();
    private final @Nullable Probabilities probabilities; // none unless they were asked for
    private final Optional<GroundedAnswer> grounded;
    private int[] tokens = new int[64];
    private int count;
    private boolean trimming;

    /// @param conversation what the prompt was rendered from, if it was
    /// @param events       is told what may be shown
    public Answer(
            Model model,
            Prompt prompt,
            @Nullable RenderedChat conversation,
            GenerationOptions options,
            Consumer<? super GenerationEvent> events) {
        this.options = options;
        this.events = events;
        this.tokenizer = (TokenizerImpl) model.tokenizer();
        List<String> allStops = new ArrayList<>(prompt.stops());
        allStops.addAll(options.stops());
        this.stops = new StopMatcher(List.copyOf(allStops));
        this.trimming = options.trimLeadingSpace();
        this.probabilities = options.logProbabilities().isEmpty()
                ? null
                : new Probabilities(tokenizer, options.logProbabilities().getAsInt());
        this.grounded = GroundedAnswer.of(model, prompt);
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

    /// Tokens so far.
    public int count() {
        return count;
    }

    /// Takes the next token, and tells of the text that may be shown now.
    ///
    /// @param source where it was chosen
    /// @return why it is the last one; `null` when it is not
    public @Nullable FinishReason add(int token, Probabilities.Source source) {
        if (count == tokens.length) {
            tokens = Arrays.copyOf(tokens, count * 2);
        }
        tokens[count++] = token;
        if (probabilities != null) {
            probabilities.read(token, source);
        }
        if (tokenizer.isEndOfGeneration(token) && !options.ignoreEnd()) {
            return FinishReason.END_OF_GENERATION;
        }
        TokenPiece piece = shownSpecials.get(token) ? tokenizer.specialPiece(token) : tokenizer.tokenPiece(token);
        emit(stops.add(assembler.add(piece)), token);
        if (stops.hasMatched()) {
            return FinishReason.STOP_STRING;
        }
        return count >= options.maxTokens() ? FinishReason.MAX_TOKENS : null;
    }

    private void emit(String piece, int token) {
        String shown = piece;
        if (trimming) {
            shown = piece.stripLeading();
            trimming = shown.isEmpty();
        }
        if (!shown.isEmpty()) {
            text.append(shown);
            events.accept(
                    new GenerationEvent.Text(shown, token, probabilities == null ? List.of() : probabilities.more()));
        }
    }

    /// Tells of the text that was held back, and of the end.
    public Generation finish(FinishReason reason, Figures figures, Optional<Drafts> drafts) {
        if (!stops.hasMatched()) {
            int last = count == 0 ? NO_TOKEN : tokens[count - 1];
            emit(stops.add(assembler.end()), last);
            emit(stops.end(), last);
        }
        Generation generation = new Generation(
                text.toString(),
                IntStream.of(tokens).limit(count).boxed().toList(),
                reason,
                figures.usage(count),
                figures.timings(),
                probabilities == null ? List.of() : probabilities.all(),
                drafts,
                grounded.map(given -> given.grounding(tokens, count)));
        events.accept(new GenerationEvent.Finished(generation));
        return generation;
    }
}
