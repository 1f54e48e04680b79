package io.vlm4j.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.testkit.TestModels;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("native")
@Tag("model")
class SamplerTest {
    private static Model model;
    private static InferenceContext context;
    private static float[] logits;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.bundled());
        context = InferenceContext.create(model);
        context.decode(model.tokenizer().encode("USER: What is shown in this image? ASSISTANT:", true, true));
        logits = context.logits().toFloatArray();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static List<Integer> draw(SamplingOptions options, int times) {
        List<Integer> drawn = new ArrayList<>();
        try (Sampler sampler = Sampler.create(model, options)) {
            for (int i = 0; i < times; i++) {
                drawn.add(context.sample(sampler));
            }
        }
        return drawn;
    }

    private static int rank(int token) {
        int better = 0;
        for (float logit : logits) {
            if (logit > logits[token]) {
                better++;
            }
        }
        return better;
    }

    private static int best() {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    @Test
    void greedyTakesTheBest() {
        assertThat(draw(SamplingOptions.greedy(), 3)).containsOnly(best());
    }

    @Test
    void equalSeedsGiveEqualDraws() {
        SamplingOptions options =
                SamplingOptions.builder().temperature(1.5f).seed(7).build();
        assertThat(draw(options, 50)).isEqualTo(draw(options, 50));
        assertThat(draw(options, 50))
                .isNotEqualTo(draw(options.toBuilder().seed(8).build(), 50));
    }

    @Test
    void topKKeepsTheBestK() {
        SamplingOptions options =
                SamplingOptions.builder().temperature(5).topK(3).seed(1).build();
        List<Integer> drawn = draw(options, 200);
        assertThat(drawn).allMatch(token -> rank(token) < 3);
        assertThat(new HashSet<>(drawn)).hasSizeGreaterThan(1);
    }

    @Test
    void minPAndTopPCutTheTail() {
        double max = logits[best()];
        SamplingOptions options =
                SamplingOptions.builder().temperature(1).minP(0.2f).seed(1).build();
        assertThat(draw(options, 200)).allMatch(token -> Math.exp(logits[token] - max) >= 0.2);
        assertThat(draw(
                        SamplingOptions.builder()
                                .temperature(1)
                                .topP(0.01f)
                                .seed(1)
                                .build(),
                        20))
                .containsOnly(best());
    }

    @Test
    void logitBiasForbidsAndForces() {
        Map<Integer, Float> bias = Map.of(best(), Float.NEGATIVE_INFINITY);
        assertThat(draw(SamplingOptions.builder().logitBias(bias).build(), 1)).doesNotContain(best());
        assertThat(draw(SamplingOptions.builder().logitBias(Map.of(77, 1000f)).build(), 1))
                .containsExactly(77);
    }

    @Test
    void presencePenaltyTurnsAwayFromRepetition() {
        SamplingOptions options = SamplingOptions.builder().presencePenalty(50).build();
        List<Integer> drawn = draw(options, 20);
        assertThat(new HashSet<>(drawn)).hasSize(20);
    }

    static Stream<SamplingOptions> everyStep() {
        return Stream.of(
                SamplingOptions.builder()
                        .temperature(0.7f)
                        .dynamicTemperature(0.3f, 1)
                        .build(),
                SamplingOptions.builder().temperature(1).typicalP(0.5f).build(),
                SamplingOptions.builder().temperature(1).topNSigma(1).build(),
                SamplingOptions.builder().temperature(1).xtc(1, 0.1f).build(),
                SamplingOptions.builder()
                        .temperature(1)
                        .mirostat(new Mirostat(1, 5, 0.1f))
                        .build(),
                SamplingOptions.builder()
                        .temperature(1)
                        .mirostat(new Mirostat(2, 5, 0.1f))
                        .build(),
                SamplingOptions.builder()
                        .temperature(1)
                        .dry(DryOptions.of(0.8f))
                        .build(),
                SamplingOptions.builder()
                        .temperature(1)
                        .repeatPenalty(1.3f)
                        .frequencyPenalty(0.5f)
                        .build(),
                SamplingOptions.builder().temperature(1).minKeep(5).topP(0.1f).build());
    }

    @ParameterizedTest
    @MethodSource
    void everyStep(SamplingOptions options) {
        SamplingOptions seeded = options.toBuilder().seed(42).build();
        List<Integer> drawn = draw(seeded, 30);
        assertThat(drawn)
                .allMatch(token -> token >= 0 && token < model.tokenizer().size());
        assertThat(drawn).isEqualTo(draw(seeded, 30));
    }

    @Test
    void aSamplerWrittenInJavaDecides() {
        Set<Integer> allowed = Set.of(100, 200, 300);
        AtomicInteger accepted = new AtomicInteger();
        SamplingOptions options = SamplingOptions.builder()
                .temperature(1)
                .custom(new CustomSampler() {
                    @Override
                    public void apply(Candidates candidates) {
                        candidates.keepIf(allowed::contains);
                    }

                    @Override
                    public void accept(int token) {
                        accepted.incrementAndGet();
                    }
                })
                .build();
        assertThat(draw(options, 10)).allMatch(allowed::contains);
        assertThat(accepted).hasValue(10);
    }

    @Test
    void whatASamplerWrittenInJavaThrowsComesOut() {
        SamplingOptions options = SamplingOptions.builder()
                .custom(candidates -> {
                    throw new UnsupportedOperationException("custom");
                })
                .build();
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> draw(options, 1));
        assertThat(draw(SamplingOptions.greedy(), 1)).containsExactly(best());
    }

    @Test
    void candidatesAreDeadAfterTheCall() {
        List<Candidates> leaked = new ArrayList<>();
        draw(SamplingOptions.builder().custom(leaked::add).build(), 1);
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> leaked.getFirst().logit(0));
    }

    @Test
    void theOrderIsTheCallers() {
        List<SamplingStage> reversed = new ArrayList<>(SamplingStage.DEFAULT_ORDER);
        Collections.reverse(reversed);
        AtomicInteger seen = new AtomicInteger();
        SamplingOptions options = SamplingOptions.builder()
                .temperature(1)
                .topK(5)
                .custom(candidates -> seen.set(candidates.size()))
                .build();
        draw(options, 1);
        assertThat(seen).hasValue(5);
        draw(options.toBuilder().order(reversed).build(), 1);
        assertThat(seen).hasValue(model.tokenizer().size());
    }

    @Test
    void refusesSettingsOutOfRange() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SamplingOptions.builder().temperature(-1).build())
                .withMessageContaining("temperature")
                .withMessageContaining("-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SamplingOptions.builder().topP(1.5f).build());
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> SamplingOptions.builder().temperature(Float.NaN).build());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SamplingOptions.builder()
                        .order(List.of(SamplingStage.TOP_K))
                        .build());
    }

    @Test
    void grammarsBindWhatIsAccepted() {
        SamplingOptions options = SamplingOptions.builder()
                .grammar(Grammar.of("root ::= \"yes\" | \"no\""))
                .build();
        try (Sampler sampler = Sampler.create(model, options)) {
            int[] forbidden = model.tokenizer().encode("zebra");
            assertThatIllegalArgumentException().isThrownBy(() -> sampler.accept(forbidden[forbidden.length - 1]));
        }
    }

    @Test
    void aTextThatEndsBeforeItsGrammarDoesIsRefused() {
        SamplingOptions options = SamplingOptions.builder()
                .grammar(Grammar.of("root ::= \"a red apple\""))
                .build();
        int end = model.tokenizer().endOfSequence().orElseThrow();
        try (Sampler sampler = Sampler.create(model, options)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sampler.accept(end))
                    .withMessageContaining("end of the text");
        }
    }

    @Test
    void aGrammarThatWasLeftChoosesNothingMore() {
        SamplingOptions options = SamplingOptions.builder()
                .grammar(Grammar.of("root ::= \"a red apple\""))
                .build();
        int[] other = model.tokenizer().encode(" syringe");
        try (Sampler sampler = Sampler.create(model, options)) {
            assertThatIllegalArgumentException().isThrownBy(() -> sampler.accept(other[other.length - 1]));
            assertThatExceptionOfType(Vlm4jException.Inference.class)
                    .isThrownBy(() -> context.sample(sampler))
                    .withMessageContaining("does not allow");
            sampler.reset();
            assertThat(context.sample(sampler)).isNotNegative();
        }
    }
}
