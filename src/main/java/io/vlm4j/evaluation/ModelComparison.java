package io.vlm4j.evaluation;

import io.vlm4j.Vlm4jException;
import io.vlm4j.dataset.Dataset;
import io.vlm4j.dataset.DatasetCursor;
import io.vlm4j.evaluation.internal.Divergences;
import io.vlm4j.evaluation.internal.LogitRows;
import io.vlm4j.evaluation.internal.ScoredTokens;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.prompt.ChatTemplate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Compares what two models with one vocabulary make of the same tokens: a quantization with the weights that it was
/// made of, or an adapted model with the one beneath. Each picture goes through each model's own projector.
///
/// {@snippet class="io.vlm4j.snippets.EvaluationSnippets" region="compare"}
///
/// Numbers are those of `llama-perplexity --kl-divergence` (KLD, same top, PPL), with two differences: that tool keeps
/// the reference in 16 bits and leaves out what is less likely than e⁻¹⁶, here nothing is rounded or left out. Logits
/// are read where the native library computed them; the heap gets a few bytes for each token.
///
/// - **Owner**: none; it borrows generators and template, and there is nothing to close.
/// - **Threads**: one thread at a time, together with all that uses the same contexts. [Cancellation#cancel()] is for
///   any thread.
public final class ModelComparison {
    private final Generator reference;
    private final Generator other;
    private final ChatTemplate template;

    private ModelComparison(Generator reference, Generator other, ChatTemplate template) {
        this.reference = reference;
        this.other = other;
        this.template = template;
    }

    /// @param reference context and projector of the model that is compared with
    /// @param other     context and projector of the model that is compared
    /// @param template  how both are asked
    /// @throws IllegalArgumentException when the vocabularies differ, or both are the same context
    public static ModelComparison of(Generator reference, Generator other, ChatTemplate template) {
        if (reference.context() == other.context()) {
            throw new IllegalArgumentException("two contexts are needed to compare models, not one twice");
        }
        requireOneVocabulary(reference.context().model(), other.context().model());
        return new ModelComparison(reference, other, template);
    }

    private static void requireOneVocabulary(Model first, Model second) {
        Tokenizer ours = first.tokenizer();
        Tokenizer theirs = second.tokenizer();
        if (ours.size() != theirs.size()) {
            throw new IllegalArgumentException("the vocabularies differ: " + first.path() + " has " + ours.size()
                    + " tokens, " + second.path() + " " + theirs.size());
        }
        for (int id = 0; id < ours.size(); id++) {
            if (!ours.text(id).equals(theirs.text(id))) {
                throw new IllegalArgumentException("the vocabularies differ at token " + id + ": '" + ours.text(id)
                        + "' in " + first.path() + ", '" + theirs.text(id) + "' in " + second.path());
            }
        }
    }

    /// Told of every text or example once it is done, on the thread that compares. What it throws ends the comparison.
    @FunctionalInterface
    public interface Listener {
        Listener NONE = (done, total) -> {};

        void onDone(int done, int total);
    }

    /// Compares over right answers to questions: what counts are the answers' tokens, and the one that ends the turn.
    ///
    /// @throws IllegalArgumentException when there are no examples
    public ComparisonReport ofExamples(List<Example> examples) {
        return ofExamples(examples, Listener.NONE, new Cancellation());
    }

    /// As [#ofExamples(List)].
    ///
    /// @throws IllegalArgumentException when there are no examples
    /// @throws Vlm4jException.Cancelled when it was cancelled
    /// @throws Vlm4jException.InvalidMedia when a picture cannot be used
    /// @throws Vlm4jException.ContextFull when a question with its answer does not fit into the contexts
    /// @throws Vlm4jException.InvalidTemplate when the template cannot ask
    public ComparisonReport ofExamples(List<Example> examples, Listener listener, Cancellation cancellation) {
        return ofExamples(Dataset.of(examples), examples.size(), listener, cancellation);
    }

    /// As [#ofExamples(List, Listener, Cancellation)], of a dataset that is read meanwhile.
    ///
    /// @param total how many there are, for the listener
    /// @throws Vlm4jException.InvalidFile when the dataset cannot be read
    public ComparisonReport ofExamples(
            Dataset<Example> examples, int total, Listener listener, Cancellation cancellation) {
        Divergences divergences = new Divergences();
        int done = 0;
        try (DatasetCursor<Example> cursor = examples.open()) {
            while (cursor.hasNext()) {
                Example example = cursor.next();
                ScoredTokens tokens = ScoredTokens.ofAnswer(
                        template,
                        reference.context().model(),
                        example.messages(),
                        example.answers().getFirst());
                compare(tokens, divergences, cancellation);
                listener.onDone(++done, total);
            }
        }
        return divergences.report();
    }

    /// Compares over texts: what counts are all tokens but the first of each. A text that is longer than the context is
    /// cut into windows of its length, of which the second half counts and a last one that is not full is left out, as
    /// llama-perplexity does it.
    ///
    /// @throws IllegalArgumentException when no text has two tokens
    public ComparisonReport ofTexts(List<String> texts) {
        return ofTexts(texts, Listener.NONE, new Cancellation());
    }

    /// As [#ofTexts(List)]; the listener is told of windows.
    ///
    /// @throws IllegalArgumentException when no text has two tokens
    /// @throws Vlm4jException.Cancelled when it was cancelled
    public ComparisonReport ofTexts(List<String> texts, Listener listener, Cancellation cancellation) {
        int length = Math.min(reference.contextLength(), other.contextLength());
        List<ScoredTokens> windows = new ArrayList<>();
        for (String text : texts) {
            windows.addAll(ScoredTokens.ofText(reference.context().model().tokenizer(), text, length));
        }
        Divergences divergences = new Divergences();
        int done = 0;
        for (ScoredTokens window : windows) {
            compare(window, divergences, cancellation);
            listener.onDone(++done, windows.size());
        }
        return divergences.report();
    }

    private static void refuseWhen(Cancellation cancellation) {
        if (cancellation.isCancelled()) {
            throw new Vlm4jException.Cancelled("the comparison was cancelled");
        }
    }

    private void compare(ScoredTokens scored, Divergences divergences, Cancellation cancellation) {
        refuseWhen(cancellation);
        InferenceContext ours = reference.context();
        InferenceContext theirs = other.context();
        scored.beginning().evaluate(ours, reference.projector().orElse(null));
        scored.beginning().evaluate(theirs, other.projector().orElse(null));
        read(scored, 0, divergences);
        int[] tokens = scored.tokens();
        int step = Math.min(ScoredTokens.step(ours), ScoredTokens.step(theirs));
        for (int from = 0; from < tokens.length - 1; from += step) {
            refuseWhen(cancellation);
            int[] part = Arrays.copyOfRange(tokens, from, Math.min(tokens.length - 1, from + step));
            ours.decodeAll(part);
            theirs.decodeAll(part);
            read(scored, from + 1, divergences);
        }
    }

    private void read(ScoredTokens scored, int first, Divergences divergences) {
        reference
                .context()
                .readLogits(ours -> other.context().readLogits(theirs -> {
                    LogitRows rows = new LogitRows(ours);
                    LogitRows otherRows = new LogitRows(theirs);
                    for (int row = 0; row < ours.shape().dim(0); row++) {
                        if (first + row >= scored.counted()) {
                            divergences.add(rows, otherRows, row, scored.tokens()[first + row]);
                        }
                    }
                    return divergences;
                }));
    }
}
