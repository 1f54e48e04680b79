package io.vlm4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.TestModels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Two quantizations (here of one and the same, with caches of different formats, so that they differ a little) against
/// numbers computed in plain Java from copies of the logits, token by token.
@Tag("native")
@Tag("model")
class ModelComparisonTest {
    private static final Percentage ROUNDING = Percentage.withPercentage(1);
    /// Batches of Q4_0 round in another order than single tokens, which shows where hardly anything differs.
    private static final Percentage SMALL_DIVERGENCES = Percentage.withPercentage(25);

    private static final String TEXT = "USER: What is shown in this image? ASSISTANT: a red apple and a phone.";

    private Model model;
    private Projector projector;
    private ChatTemplate template;
    private Generator reference;
    private Generator other;

    @BeforeEach
    void open() {
        model = Model.open(TestModels.bundled());
        projector = model.openProjector(TestModels.bundledProjector());
        template = ChatTemplate.of(model);
        reference = new Generator(context(CacheType.F32), projector);
        other = new Generator(context(CacheType.BF16), projector);
    }

    private InferenceContext context(CacheType type) {
        return InferenceContext.create(
                model,
                ContextOptions.builder()
                        .threads(1)
                        .contextLength(256)
                        .cacheType(type)
                        .build());
    }

    @AfterEach
    void close() {
        model.close();
    }

    /// Log-probabilities after the prompt and after each of the tokens but the last.
    private static List<double[]> oracle(Generator generator, @Nullable Prompt prompt, int[] tokens) {
        InferenceContext context = generator.context();
        context.clear();
        List<double[]> rows = new ArrayList<>();
        if (prompt != null) {
            try (TokenizedPrompt tokenized = TokenizedPrompt.of(
                    prompt, context.model(), generator.projector().orElseThrow())) {
                context.decode(tokenized, generator.projector().orElseThrow(), EvaluationListener.NONE);
            }
            rows.add(logSoftmax(context));
        }
        for (int i = 0; i < tokens.length - 1; i++) {
            context.decode(tokens[i]);
            rows.add(logSoftmax(context));
        }
        return rows;
    }

    private static double[] logSoftmax(InferenceContext context) {
        try (Tensor logits = context.logits()) {
            float[] values = logits.toFloatArray();
            double sum = 0;
            for (float value : values) {
                sum += Math.exp(value);
            }
            double normalizer = Math.log(sum);
            double[] row = new double[values.length];
            for (int i = 0; i < row.length; i++) {
                row[i] = values[i] - normalizer;
            }
            return row;
        }
    }

    private static int top(double[] row) {
        int best = 0;
        for (int i = 0; i < row.length; i++) {
            best = row[i] > row[best] ? i : best;
        }
        return best;
    }

    private static void check(
            ComparisonReport report, List<double[]> ours, List<double[]> theirs, int[] targets, Percentage tolerance) {
        double[] divergences = new double[targets.length];
        double likelihood = 0;
        double otherLikelihood = 0;
        int same = 0;
        for (int row = 0; row < targets.length; row++) {
            double[] p = ours.get(row);
            double[] q = theirs.get(row);
            for (int i = 0; i < p.length; i++) {
                divergences[row] += Math.exp(p[i]) * (p[i] - q[i]);
            }
            same += top(p) == top(q) ? 1 : 0;
            likelihood += p[targets[row]];
            otherLikelihood += q[targets[row]];
        }
        Arrays.sort(divergences);
        assertThat(report.tokens()).isEqualTo(targets.length);
        assertThat(report.meanDivergence())
                .isPositive()
                .isCloseTo(Arrays.stream(divergences).average().orElseThrow(), tolerance);
        assertThat(report.maxDivergence()).isGreaterThanOrEqualTo(report.p99Divergence());
        assertThat(report.topAgreement()).isCloseTo((double) same / targets.length, within(0.05));
        assertThat(report.referencePerplexity()).isCloseTo(Math.exp(-likelihood / targets.length), ROUNDING);
        assertThat(report.perplexity()).isCloseTo(Math.exp(-otherLikelihood / targets.length), ROUNDING);
    }

    @Test
    void numbersOverTextsAreThoseOfPlainJava() {
        int[] tokens = model.tokenizer().encode(TEXT, true, false);
        int[] targets = Arrays.copyOfRange(tokens, 1, tokens.length);

        check(
                ModelComparison.of(reference, other, template).ofTexts(List.of(TEXT)),
                oracle(reference, null, tokens),
                oracle(other, null, tokens),
                targets,
                SMALL_DIVERGENCES);
    }

    @Test
    void numbersOverAnswersAreThoseOfPlainJava() {
        ImageInput image = ImageInput.of(TestModels.sample("02-phone-toilet.png"));
        int[] targets = answer(model, "a phone and a toilet");
        Prompt prompt = Prompt.parse("USER: <image>\nWhat is shown in this image? ASSISTANT:", image);

        check(
                ModelComparison.of(reference, other, template)
                        .ofExamples(List.of(Example.of(image, "What is shown in this image?", "a phone and a toilet"))),
                oracle(reference, prompt, targets),
                oracle(other, prompt, targets),
                targets,
                SMALL_DIVERGENCES);
    }

    @Test
    @Tag("reference")
    void aQuantizationIsComparedWithTheWeightsThatItWasMadeOf() {
        ImageInput image = ImageInput.of(TestModels.sample("03-anchor-pufferfish-rocket.png"));
        String question = "What is shown in this image?";
        String text = "an anchor, a pufferfish and a rocket";
        int[] targets = answer(model, text);
        Prompt prompt = Prompt.parse("USER: <image>\n" + question + " ASSISTANT:", image);
        try (Model original = Model.open(TestModels.reference("models/pico/pico-llava-f32.gguf"));
                Projector itsProjector = original.openProjector(TestModels.bundledProjector());
                ChatTemplate itsTemplate = ChatTemplate.of(original)) {
            Generator first = new Generator(
                    InferenceContext.create(
                            original, ContextOptions.builder().threads(1).build()),
                    itsProjector);
            ComparisonReport report = ModelComparison.of(first, other, itsTemplate)
                    .ofExamples(List.of(Example.of(image, question, text)));

            check(report, oracle(first, prompt, targets), oracle(other, prompt, targets), targets, ROUNDING);
            assertThat(report.meanDivergence()).isBetween(1e-6, 0.1);
        }
    }

    /// The answer's tokens as they follow the prompt, with the end of the turn.
    private static int[] answer(Model model, String text) {
        int[] prompt = model.tokenizer().encode("USER: x ASSISTANT:", true, true);
        int[] whole = model.tokenizer().encode("USER: x ASSISTANT: " + text + "</s>", true, true);
        return Arrays.copyOfRange(whole, prompt.length, whole.length);
    }

    @Test
    void aModelDoesNotDifferFromItself() {
        Generator twin = new Generator(context(CacheType.F32), projector);
        ComparisonReport report = ModelComparison.of(reference, twin, template).ofTexts(List.of(TEXT, TEXT));

        assertThat(report.meanDivergence()).isZero();
        assertThat(report.maxDivergence()).isZero();
        assertThat(report.topAgreement()).isOne();
        assertThat(report.perplexity()).isEqualTo(report.referencePerplexity());
    }

    @Test
    void longTextsAreCutIntoWindowsOfWhichTheSecondHalfCounts() {
        String text = "a red apple and a phone ".repeat(200);
        int tokens = model.tokenizer().encode(text, true, false).length;
        List<Integer> done = new ArrayList<>();
        ComparisonReport report = ModelComparison.of(reference, other, template)
                .ofTexts(List.of(text), (count, total) -> done.add(count * 100 + total), new Cancellation());

        int windows = tokens / 256;
        assertThat(windows).isGreaterThan(1);
        assertThat(report.tokens()).isEqualTo(windows * (256 - 1 - 128));
        assertThat(done).hasSize(windows).endsWith(windows * 100 + windows);
    }

    @Test
    void otherVocabulariesAndTheSameContextAreRefused() {
        try (Model stranger = Model.open(TestModels.tinyLlava())) {
            Generator foreign = new Generator(InferenceContext.create(stranger), null);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ModelComparison.of(reference, foreign, template))
                    .withMessageContaining("the vocabularies differ");
        }
        assertThatIllegalArgumentException().isThrownBy(() -> ModelComparison.of(reference, reference, template));
    }

    @Test
    void badInputIsTold() {
        ModelComparison comparison = ModelComparison.of(reference, other, template);
        Cancellation cancelled = new Cancellation();
        cancelled.cancel();

        assertThatIllegalArgumentException().isThrownBy(() -> comparison.ofExamples(List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> comparison.ofTexts(List.of("")));
        assertThatThrownBy(() -> comparison.ofExamples(List.of(Example.of("x ".repeat(300), "y"))))
                .isInstanceOf(Vlm4jException.ContextFull.class);
        assertThatThrownBy(() ->
                        comparison.ofExamples(List.of(Example.of(ImageInput.of(new byte[] {1, 2, 3}), "x", "y"))))
                .isInstanceOf(Vlm4jException.InvalidMedia.class);
        assertThatThrownBy(() -> comparison.ofTexts(List.of(TEXT), ModelComparison.Listener.NONE, cancelled))
                .isInstanceOf(Vlm4jException.Cancelled.class);
        assertThat(comparison.ofTexts(List.of(TEXT)).tokens()).isPositive(); // and it goes on working
    }
}
