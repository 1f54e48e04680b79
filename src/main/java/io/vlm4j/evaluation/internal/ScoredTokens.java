package io.vlm4j.evaluation.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.inference.Reuse;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Tokens whose probabilities count, behind a beginning for which they do not.
public final class ScoredTokens {
    /// Most bytes of logits that are computed at a time.
    private static final long LOGITS_BYTES = 32 << 20;

    private final Beginning beginning;
    private final int[] tokens;
    private final int counted;

    /// @param counted the first token whose probability counts; those before it are only read
    private ScoredTokens(Beginning beginning, int[] tokens, int counted) {
        this.beginning = beginning;
        this.tokens = tokens;
        this.counted = counted;
    }

    /// Brings a context to where the first of the tokens is to come, with logits for it.
    @FunctionalInterface
    public interface Beginning {
        void evaluate(InferenceContext context, @Nullable Projector projector);
    }

    /// How many tokens to evaluate at a time with logits after each.
    public static int step(InferenceContext context) {
        long rows = LOGITS_BYTES / (4L * context.model().tokenizer().size());
        return Math.clamp(rows, 1, context.batchSize());
    }

    /// The answer to a conversation, as the template writes it, up to the token that ends the turn if there is one.
    ///
    /// @throws Vlm4jException.InvalidTemplate when the template does not write answers behind prompts
    public static ScoredTokens ofAnswer(ChatTemplate template, Model model, List<ChatMessage> messages, String answer) {
        Prompt prompt = template.render(messages);
        List<ChatMessage> answered = new ArrayList<>(messages);
        answered.add(ChatMessage.assistant(answer));
        int[] before = tail(prompt, model);
        int[] whole = tail(template.render(answered, false), model);
        int differs = Arrays.mismatch(before, whole);
        int common = differs < 0 ? before.length : differs;
        int end = common;
        while (end < whole.length && (end == common || !model.tokenizer().isEndOfGeneration(whole[end - 1]))) {
            end++;
        }
        if (common == 0 || common == end) {
            throw new Vlm4jException.InvalidTemplate("the template does not write the answer behind the prompt");
        }
        int again = before.length - common; // tokens of the prompt that the answer has changed
        int last = whole[common - 1];
        return new ScoredTokens(
                (context, projector) -> remember(prompt, context, projector, again, last),
                Arrays.copyOfRange(whole, common, end),
                0);
    }

    private static void remember(
            Prompt prompt, InferenceContext context, @Nullable Projector projector, int again, int last) {
        try (TokenizedPrompt tokenized = TokenizedPrompt.of(prompt, context.model(), projector)) {
            context.remember(tokenized, projector, Reuse.PREFIX, EvaluationListener.NONE);
            if (again > 0) {
                context.truncate(tokenized.tokens() - again - 1);
                context.decode(last);
            }
        }
    }

    /// The tokens behind the last picture.
    private static int[] tail(Prompt prompt, Model model) {
        List<Prompt.Part> texts = new ArrayList<>();
        boolean first = true;
        for (Prompt.Part part : prompt.parts()) {
            if (part instanceof Prompt.Image || part instanceof Prompt.Audio) {
                texts.clear();
                first = false;
            } else {
                texts.add(part);
            }
        }
        Prompt tail = new Prompt(texts, prompt.addSpecial() && first, List.of());
        try (TokenizedPrompt tokenized = TokenizedPrompt.of(tail, model, null)) {
            return tokenized.chunks().stream()
                    .flatMapToInt(chunk ->
                            ((TokenizedPrompt.TextChunk) chunk).ids().stream().mapToInt(Integer::intValue))
                    .toArray();
        }
    }

    /// A text by itself. One that is longer than `length` is cut into windows of that length, each beginning anew; of
    /// those only the second half counts, and an unfinished one is left out, as llama-perplexity does it.
    public static List<ScoredTokens> ofText(Tokenizer tokenizer, String text, int length) {
        int[] ids = tokenizer.encode(text, true, false);
        if (ids.length <= length) {
            return ids.length < 2 ? List.of() : List.of(window(ids, 0));
        }
        int begin = tokenizer.encode("", true, false).length > 0
                ? tokenizer.beginOfSequence().orElse(ids[0])
                : -1;
        return IntStream.range(0, ids.length / length)
                .mapToObj(i -> {
                    int[] part = Arrays.copyOfRange(ids, i * length, (i + 1) * length);
                    part[0] = begin >= 0 ? begin : part[0];
                    return window(part, length / 2);
                })
                .toList();
    }

    private static ScoredTokens window(int[] ids, int counted) {
        return new ScoredTokens(
                (context, projector) -> {
                    context.clear();
                    context.decode(ids[0]);
                },
                Arrays.copyOfRange(ids, 1, ids.length),
                counted);
    }

    public Beginning beginning() {
        return beginning;
    }

    /// Not a copy.
    public int[] tokens() {
        return tokens;
    }

    /// The first token whose probability counts; those before it are only read.
    public int counted() {
        return counted;
    }

    /// How many of the tokens count.
    public int count() {
        return tokens.length - counted;
    }

    /// The negative log-likelihood of all tokens that count, in nats.
    public double negativeLogLikelihood(InferenceContext context, @Nullable Projector projector) {
        beginning.evaluate(context, projector);
        double sum = read(context, 0);
        int step = step(context);
        for (int from = 0; from < tokens.length - 1; from += step) {
            context.decodeAll(Arrays.copyOfRange(tokens, from, Math.min(tokens.length - 1, from + step)));
            sum += read(context, from + 1);
        }
        return sum;
    }

    private double read(InferenceContext context, int first) {
        return context.readLogits(logits -> {
            LogitRows rows = new LogitRows(logits);
            double sum = 0;
            for (int row = 0; row < logits.shape().dim(0); row++) {
                if (first + row >= counted) {
                    sum -= rows.logProbability(row, tokens[first + row]);
                }
            }
            return sum;
        });
    }
}
