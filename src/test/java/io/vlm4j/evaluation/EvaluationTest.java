package io.vlm4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.Vlm4jException;
import io.vlm4j.dataset.VisionDataset;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generation;
import io.vlm4j.media.ImageInput;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("native")
@Tag("model")
class EvaluationTest {
    private static final ImageInput PICTURE = ImageInput.of(TestModels.sample("02-phone-toilet.png"));
    private static final ImageInput BROKEN = ImageInput.of("no picture".getBytes());

    private static Vlm vlm;

    @BeforeAll
    static void open() {
        vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector());
    }

    @AfterAll
    static void close() {
        vlm.close();
    }

    @Test
    void theBundledModelAnswersItsSamples() {
        List<Example> examples = VisionDataset.open(TestModels.sample("samples.jsonl"))
                .map(Example::of)
                .toList();
        EvaluationReport report = vlm.evaluation(EvaluationOptions.defaults()).run(examples);

        assertThat(report.results()).hasSameSizeAs(examples);
        assertThat(report.failed()).isEmpty();
        assertThat(report.accuracy()).isOne();
        assertThat(report.perplexity()).isBetween(1.0, 1.2);
    }

    /// The model's own greedy answer: its log-probabilities while generating are those of the evaluation.
    @Test
    void likelihoodsAreThoseOfGeneration() {
        String question = "What is shown in this image?";
        Generation generation =
                vlm.ask(PICTURE, question, Vlm.options().logProbabilities(0).build());
        double likelihood = generation.probabilities().stream()
                .mapToDouble(token -> token.logProbability())
                .sum();
        EvaluationReport report = vlm.evaluation(EvaluationOptions.defaults())
                .run(List.of(Example.of(PICTURE, question, generation.text())));

        ExampleResult.Answered answered = report.answered().getFirst();
        assertThat(answered.tokens()).isEqualTo(generation.tokens().size());
        assertThat(answered.negativeLogLikelihood()).isCloseTo(-likelihood, within(0.02));
        assertThat(report.perplexity()).isCloseTo(Math.exp(-likelihood / answered.tokens()), within(0.01));
    }

    @Test
    void wrongAnswersAreCounted() {
        List<Example> examples = List.of(
                Example.of(PICTURE, "What is on the left?", "a phone"),
                Example.of(PICTURE, "What is on the right?", "a phone"));
        List<String> told = new ArrayList<>();
        EvaluationReport report = vlm.evaluation(EvaluationOptions.defaults())
                .run(examples, (result, done, total) -> told.add(done + "/" + total), new Cancellation());

        assertThat(report.accuracy()).isEqualTo(0.5);
        assertThat(report.answered().getLast().answer()).isEqualTo("a toilet");
        assertThat(report.answered().getLast().negativeLogLikelihood())
                .isGreaterThan(report.answered().getFirst().negativeLogLikelihood() + 3);
        assertThat(told).containsExactly("1/2", "2/2");
    }

    @Test
    void whatCannotBeEvaluatedIsThrownOrPassedOver() {
        Example good = Example.of(PICTURE, "What is on the left?", "a phone");
        List<Example> examples =
                List.of(Example.of(BROKEN, "What?", "this"), good, Example.of("word ".repeat(2000), "x"));
        EvaluationOptions options = EvaluationOptions.defaults();

        assertThatThrownBy(() -> vlm.evaluation(options).run(examples)).isInstanceOf(Vlm4jException.InvalidMedia.class);
        EvaluationReport report = vlm.evaluation(options.withSkipFailures(true)).run(examples);
        assertThat(report.failed())
                .hasSize(2)
                .allSatisfy(failed -> assertThat(failed.cause())
                        .isInstanceOfAny(Vlm4jException.InvalidMedia.class, Vlm4jException.ContextFull.class));
        assertThat(report.accuracy()).isOne();
        assertThat(report.answered().getFirst().example()).isEqualTo(good);
    }

    @Test
    void otherMatchesCount() {
        Example example = Example.of(PICTURE, "What is on the left?", "phone");

        assertThat(vlm.evaluation(EvaluationOptions.defaults())
                        .run(List.of(example))
                        .accuracy())
                .isZero();
        assertThat(vlm.evaluation(EvaluationOptions.defaults().withMatch(AnswerMatch.CONTAINS))
                        .run(List.of(example))
                        .accuracy())
                .isOne();
    }

    @Test
    void nothingAndCancellationAreTold() {
        Cancellation cancelled = new Cancellation();
        cancelled.cancel();
        Evaluation evaluation = vlm.evaluation(EvaluationOptions.defaults());

        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.run(List.of()));
        assertThatThrownBy(() -> evaluation.run(
                        List.of(Example.of(PICTURE, "What?", "this")), Evaluation.Listener.NONE, cancelled))
                .isInstanceOf(Vlm4jException.Cancelled.class);
        EvaluationReport nothing = new EvaluationReport(List.of());
        assertThat(nothing.accuracy()).isNaN();
        assertThat(nothing.perplexity()).isNaN();
    }
}
