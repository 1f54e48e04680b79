package io.vlm4j.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.inference.InferenceContext;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.TestModels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Compares with a log-softmax in plain Java over [InferenceContext#logits()].
@Tag("native")
@Tag("model")
class LogProbabilitiesTest {
    private static final double TOLERANCE = 1e-5;
    private static Model model;
    private static InferenceContext context;
    private static Generator generator;
    private static Prompt prompt;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.bundled());
        Projector projector = model.openProjector(TestModels.bundledProjector());
        context = InferenceContext.create(model);
        generator = new Generator(context, projector);
        prompt = Prompt.parse(
                "USER: <image>\nWhat is shown in this image? ASSISTANT:",
                ImageInput.of(TestModels.sample("01-musical_note-avocado.png")));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static double[] logSoftmax() {
        float[] logits = context.logits().toFloatArray();
        double highest = IntStream.range(0, logits.length)
                .mapToDouble(i -> logits[i])
                .max()
                .orElseThrow();
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - highest);
        }
        double total = highest + Math.log(sum);
        return IntStream.range(0, logits.length)
                .mapToDouble(i -> logits[i] - total)
                .toArray();
    }

    @Test
    void everyTokenAgreesWithPlainJava() {
        context.clear();
        context.decode(model.tokenizer().encode("USER: What is shown in this image? ASSISTANT:", true, true));
        double[] expected = logSoftmax();
        int[] ids = new int[InferenceContext.MAX_ALTERNATIVES + 1];
        float[] values = new float[ids.length];
        int[] best = IntStream.range(0, expected.length)
                .boxed()
                .sorted(Comparator.comparingDouble(id -> -expected[id]))
                .limit(InferenceContext.MAX_ALTERNATIVES)
                .mapToInt(Integer::intValue)
                .toArray();
        for (int token = 0; token < expected.length; token++) {
            context.logProbabilities(token, ids, values);
            assertThat(ids[0]).isEqualTo(token);
            assertThat((double) values[0]).isCloseTo(expected[token], within(TOLERANCE));
        }
        assertThat(IntStream.of(ids).skip(1).toArray()).isEqualTo(best);
        for (int i = 1; i < ids.length; i++) {
            assertThat((double) values[i]).isCloseTo(expected[ids[i]], within(TOLERANCE));
        }
    }

    @Test
    void aGenerationTellsWhatEachStepSaid() {
        List<Double> expected = new ArrayList<>();
        Generation generation;
        try (GenerationStream stream = generator.stream(
                prompt, GenerationOptions.builder().logProbabilities(3).build())) {
            List<GenerationEvent.Text> texts = new ArrayList<>();
            GenerationEvent event = stream.next();
            while (!(event instanceof GenerationEvent.Finished)) {
                if (event instanceof GenerationEvent.Text text) { // its token's logits are still there
                    texts.add(text);
                    expected.add(logSoftmax()[text.token()]);
                }
                event = stream.next();
            }
            generation = ((GenerationEvent.Finished) event).generation();
            assertThat(texts.stream()
                            .flatMap(text -> text.probabilities().stream())
                            .toList())
                    .isEqualTo(generation.probabilities().subList(0, texts.size()));
        }
        assertThat(generation.text()).isEqualTo(" a musical note and an avocado");
        assertThat(generation.probabilities()).hasSameSizeAs(generation.tokens());
        for (int i = 0; i < expected.size(); i++) {
            TokenProbability probability = generation.probabilities().get(i);
            assertThat(probability.token()).isEqualTo(generation.tokens().get(i));
            assertThat((double) probability.logProbability()).isCloseTo(expected.get(i), within(TOLERANCE));
            assertThat(probability.alternatives()).hasSize(3);
            assertThat(probability.alternatives().getFirst().token()).isEqualTo(probability.token()); // greedy
        }
        assertThat(generation.probabilities().getFirst().text()).isEqualTo(" a");
        assertThat(generation.probabilities().getLast().text()).isEmpty(); // the end
    }

    @Test
    void theyAreTheModelsOwnWhateverTheSamplingDoes() {
        SamplingOptions sampling = SamplingOptions.builder()
                .temperature(0.3f)
                .topK(1)
                .grammar(Grammar.of("root ::= \"zebra\""))
                .build();
        Generation generation = generator.generate(
                prompt,
                GenerationOptions.builder()
                        .sampling(sampling)
                        .logProbabilities(0)
                        .build());
        assertThat(generation.text()).isEqualTo("zebra");
        assertThat(generation.probabilities())
                .allMatch(token -> token.alternatives().isEmpty());
        assertThat(generation.probabilities().getFirst().probability()).isLessThan(0.01);
    }

    @Test
    void nothingIsToldUnlessAskedFor() {
        Generation generation = generator.generate(prompt, GenerationOptions.defaults());
        assertThat(generation.probabilities()).isEmpty();
    }

    @Test
    void refusesWhatItCannotTell() {
        context.clear();
        assertThatIllegalStateException().isThrownBy(() -> context.logProbabilities(1, new int[1], new float[1]));
        context.decode(1);
        List<ThrowingCallable> refused = List.of(
                () -> context.logProbabilities(-1, new int[1], new float[1]),
                () -> context.logProbabilities(model.tokenizer().size(), new int[1], new float[1]),
                () -> context.logProbabilities(1, new int[0], new float[0]),
                () -> context.logProbabilities(1, new int[2], new float[1]),
                () -> context.logProbabilities(1, new int[22], new float[22]),
                () -> GenerationOptions.builder().logProbabilities(21).build(),
                () -> GenerationOptions.builder().logProbabilities(-1).build());
        refused.forEach(call -> assertThatIllegalArgumentException().isThrownBy(call));
    }
}
