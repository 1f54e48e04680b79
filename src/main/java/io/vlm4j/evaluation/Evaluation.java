package io.vlm4j.evaluation;

import io.vlm4j.Vlm4jException;
import io.vlm4j.dataset.Dataset;
import io.vlm4j.dataset.DatasetCursor;
import io.vlm4j.evaluation.internal.ScoredTokens;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationListener;
import io.vlm4j.generation.Generator;
import io.vlm4j.prompt.ChatTemplate;
import java.util.ArrayList;
import java.util.List;

/// Asks a model questions whose answers are known: how many does it get right, and how likely are the right answers to
/// it (perplexity)?
///
/// {@snippet class="io.vlm4j.snippets.EvaluationSnippets" region="evaluate"}
///
/// - **Owner**: none; it borrows generator and template, and there is nothing to close.
/// - **Threads**: one thread at a time, together with all that uses the same context. [Cancellation#cancel()] is for
///   any thread.
public final class Evaluation {
    private final Generator generator;
    private final ChatTemplate template;
    private final EvaluationOptions options;

    private Evaluation(Generator generator, ChatTemplate template, EvaluationOptions options) {
        this.generator = generator;
        this.template = template;
        this.options = options;
    }

    public static Evaluation of(Generator generator, ChatTemplate template, EvaluationOptions options) {
        return new Evaluation(generator, template, options);
    }

    /// Told of every example once it is done, on the thread that evaluates. What it throws ends the evaluation.
    @FunctionalInterface
    public interface Listener {
        Listener NONE = (result, done, total) -> {};

        /// @param done how many are done, this one included
        void onResult(ExampleResult result, int done, int total);
    }

    /// Evaluates all examples.
    public EvaluationReport run(List<Example> examples) {
        return run(examples, Listener.NONE, new Cancellation());
    }

    /// Evaluates all examples, in their order. Questions about one picture that follow each other are cheap: the
    /// context still remembers it.
    ///
    /// @throws IllegalArgumentException when there are no examples
    /// @throws Vlm4jException.Cancelled when it was cancelled
    /// @throws Vlm4jException.InvalidMedia when a picture cannot be used and failures are not skipped
    /// @throws Vlm4jException.ContextFull when question and answer do not fit and failures are not skipped
    /// @throws Vlm4jException.InvalidTemplate when the template cannot ask and failures are not skipped
    public EvaluationReport run(List<Example> examples, Listener listener, Cancellation cancellation) {
        List<ExampleResult> results = new ArrayList<>();
        for (Example example : examples) {
            ExampleResult result = evaluate(example, example, cancellation);
            results.add(result);
            listener.onResult(result, results.size(), examples.size());
        }
        return report(results);
    }

    /// As [#run(List, Listener, Cancellation)], of a dataset that is read meanwhile. The results hold texts and no
    /// pictures, so that memory does not grow with them.
    ///
    /// @param total how many there are, for the listener
    /// @throws Vlm4jException.InvalidFile when the dataset cannot be read
    public EvaluationReport run(Dataset<Example> examples, int total, Listener listener, Cancellation cancellation) {
        List<ExampleResult> results = new ArrayList<>();
        try (DatasetCursor<Example> cursor = examples.open()) {
            while (cursor.hasNext()) {
                Example example = cursor.next();
                ExampleResult result = evaluate(example, example.withoutMedia(), cancellation);
                results.add(result);
                listener.onResult(result, results.size(), total);
            }
        }
        return report(results);
    }

    private static EvaluationReport report(List<ExampleResult> results) {
        if (results.isEmpty()) {
            throw new IllegalArgumentException("no examples to evaluate");
        }
        return new EvaluationReport(results);
    }

    /// @param reported the example as the result has it
    private ExampleResult evaluate(Example example, Example reported, Cancellation cancellation) {
        if (!options.skipFailures()) {
            return answer(example, reported, cancellation);
        }
        try {
            return answer(example, reported, cancellation);
        } catch (Vlm4jException.InvalidMedia | Vlm4jException.ContextFull | Vlm4jException.InvalidTemplate e) {
            return new ExampleResult.Failed(reported, e);
        }
    }

    private ExampleResult answer(Example example, Example reported, Cancellation cancellation) {
        Generation generation = generator.generate(
                template.render(example.messages()), options.generation(), GenerationListener.NONE, cancellation);
        if (generation.finishReason() == FinishReason.CANCELLED) {
            throw new Vlm4jException.Cancelled("the evaluation was cancelled at example " + example.name());
        }
        ScoredTokens scored = ScoredTokens.ofAnswer(
                template,
                generator.context().model(),
                example.messages(),
                example.answers().getFirst());
        double likelihood = scored.negativeLogLikelihood(
                generator.context(), generator.projector().orElse(null));
        boolean correct = options.match().accepts(generation.text(), example.answers());
        return new ExampleResult.Answered(reported, generation.text(), correct, scored.count(), likelihood);
    }
}
