package io.vlm4j.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.sampling.Candidates;
import io.vlm4j.sampling.CustomSampler;
import io.vlm4j.sampling.DryOptions;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.RandomLlama;
import io.vlm4j.testkit.RandomMamba;
import io.vlm4j.testkit.TestModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Wherever an answer ends, and whatever has a say in it: with guesses it is as without, and so is what the context
/// holds afterwards. The model is small, random and in F32, so that nothing depends on rounding.
@Tag("native")
@Tag("model")
class SpeculationEndsTest {
    private static final Prompt PROMPT =
            Prompt.builder().text("a red apple and a house").build();

    @TempDir
    static Path folder;

    private static Model model;
    private static InferenceContext context;
    private static InferenceContext guessing;
    private static Generator generator;

    @BeforeAll
    static void open() {
        Path file = folder.resolve("model.gguf");
        new RandomLlama(2, 64, 4, 2, 128, 0, 1024, GgmlType.F32, 7).write(TestModels.bundled(), file);
        model = Model.open(file);
        context = InferenceContext.create(model, context(512));
        guessing = InferenceContext.create(model, context(512));
        generator = new Generator(context, null);
    }

    private static ContextOptions context(int length) {
        return ContextOptions.builder()
                .contextLength(length)
                .cacheType(CacheType.F32)
                .threads(1)
                .build();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static GenerationOptions.Builder plain(int maxTokens) {
        return GenerationOptions.builder().maxTokens(maxTokens).ignoreEnd(true);
    }

    private static GenerationOptions guessed(GenerationOptions options) {
        return options.toBuilder()
                .speculation(new Speculation.DraftModel(guessing, 8, 0))
                .build();
    }

    /// Generates without and with guesses, and compares the answers and what the context holds and expects then.
    private static Generation same(GenerationOptions options) {
        Generation without = generator.generate(PROMPT, options);
        int tokens = context.tokens();
        float[] logits = context.logits().toFloatArray();

        Generation with = generator.generate(PROMPT, guessed(options));
        assertThat(with.tokens()).isEqualTo(without.tokens());
        assertThat(with.text()).isEqualTo(without.text());
        assertThat(with.finishReason()).isEqualTo(without.finishReason());
        assertThat(context.tokens()).isEqualTo(tokens);
        assertThat(context.position()).isEqualTo(tokens);
        assertThat(Differences.maxAbs(context.logits().toFloatArray(), logits)).isLessThan(1e-4);
        return with;
    }

    @Test
    void theMostTokensAreNotExceeded() {
        for (int most = 1; most <= 12; most++) {
            Generation generation = same(plain(most).build());
            assertThat(generation.tokens()).hasSize(most);
            assertThat(generation.finishReason()).isEqualTo(FinishReason.MAX_TOKENS);
            assertThat(generation.drafts().orElseThrow().acceptanceRate()).isEqualTo(most < 3 ? 0 : 1);
        }
    }

    @Test
    void aStopStringAmongTheGuessesEndsThere() {
        List<Integer> tokens = generator.generate(PROMPT, plain(20).build()).tokens();
        for (int at = 2; at < 12; at++) {
            String piece = model.tokenizer().decode(tokens.get(at));
            if (!piece.isBlank()) {
                Generation generation = same(plain(20).stops(List.of(piece)).build());
                assertThat(generation.finishReason()).isEqualTo(FinishReason.STOP_STRING);
                assertThat(generation.tokens().size()).isLessThanOrEqualTo(at + 1);
            }
        }
    }

    @Test
    void theEndOfTheTurnAmongTheGuessesIsTheEnd() {
        int end = model.tokenizer().endOfSequence().orElseThrow();
        AtomicInteger chosen = new AtomicInteger();
        CustomSampler endsAtTheSixth = new CustomSampler() {
            @Override
            public void apply(Candidates candidates) {
                if (chosen.get() == 5) {
                    candidates.keepIf(token -> token == end);
                }
            }

            @Override
            public void accept(int token) {
                chosen.incrementAndGet();
            }
        };
        SamplingOptions sampling =
                SamplingOptions.builder().custom(endsAtTheSixth).build();
        GenerationOptions options =
                GenerationOptions.builder().maxTokens(20).sampling(sampling).build();
        Generation without = generator.generate(PROMPT, options);
        assertThat(without.finishReason()).isEqualTo(FinishReason.END_OF_GENERATION);
        int held = context.tokens();
        chosen.set(0);
        Generation with = generator.generate(PROMPT, guessed(options));
        assertThat(with.tokens()).isEqualTo(without.tokens()).hasSize(6);
        assertThat(context.tokens()).isEqualTo(held);
        assertThat(chosen).as("told of every token, and of no guess").hasValue(6);
    }

    @Test
    void theContextIsFilledToTheLastToken() {
        try (InferenceContext small = InferenceContext.create(model, context(256))) {
            Generator here = new Generator(small, null);
            Generation without = here.generate(PROMPT, plain(1000).build());
            Generation with = here.generate(PROMPT, guessed(plain(1000).build()));
            assertThat(with.finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
            assertThat(with.tokens()).isEqualTo(without.tokens());
            assertThat(small.tokens()).isEqualTo(small.contextLength());
            assertThat(with.drafts().orElseThrow().acceptanceRate()).isEqualTo(1);
        }
    }

    @Test
    void aFullContextIsShiftedAtTheSameToken() {
        try (InferenceContext small = InferenceContext.create(model, context(256))) {
            Generator here = new Generator(small, null);
            GenerationOptions options = plain(400).shiftWhenFull(true).build();
            Generation without = here.generate(PROMPT, options);
            int held = small.tokens();
            Generation with = here.generate(PROMPT, guessed(options));
            assertThat(with.tokens()).hasSize(400).isEqualTo(without.tokens());
            assertThat(small.tokens()).isEqualTo(held);
        }
    }

    @Test
    void aShorterMemoryOfTheSmallerModelEndsTheGuessesAlone() {
        ContextOptions narrow = ContextOptions.builder()
                .contextLength(256)
                .batchSize(3)
                .cacheType(CacheType.F32)
                .threads(1)
                .build();
        try (InferenceContext small = InferenceContext.create(model, narrow)) {
            Generation without = generator.generate(PROMPT, plain(400).build());
            Generation with = generator.generate(
                    PROMPT,
                    plain(400).speculation(Speculation.DraftModel.of(small)).build());
            assertThat(with.tokens()).isEqualTo(without.tokens());
            assertThat(with.drafts().orElseThrow().drafted()).isLessThan(260);

            Prompt tooLong =
                    Prompt.builder().text("a red apple and ".repeat(70)).build();
            Generation none = generator.generate(
                    tooLong,
                    plain(5).speculation(Speculation.DraftModel.of(small)).build());
            assertThat(none.drafts()).contains(new Drafts(0, 0));
        }
    }

    @Test
    void aCancelledAnswerEndsAtTheNextToken() {
        Cancellation cancellation = new Cancellation();
        List<String> texts = new ArrayList<>();
        Generation generation = generator.generate(
                PROMPT,
                guessed(plain(100).build()),
                event -> {
                    if (event instanceof GenerationEvent.Text text) {
                        texts.add(text.text());
                        if (texts.size() == 3) {
                            cancellation.cancel();
                        }
                    }
                },
                cancellation);
        assertThat(generation.finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(texts).hasSize(3);
        assertThat(context.tokens())
                .isEqualTo(
                        generation.usage().promptTokens() + generation.tokens().size() - 1);
    }

    @Test
    void anAnswerLeftEarlyLeavesNoGuesses() {
        int texts = 0;
        try (GenerationStream stream =
                generator.stream(PROMPT, guessed(plain(100).build()))) {
            while (texts < 4) {
                if (stream.next() instanceof GenerationEvent.Text) {
                    texts++;
                }
            }
        }
        int held = context.tokens();
        Generation again = generator.generate(PROMPT, plain(20).build());
        List<Integer> chosen = new ArrayList<>();
        int shown = 0;
        for (int token : again.tokens()) {
            chosen.add(token);
            if (!model.tokenizer().decode(token).isEmpty() && ++shown == 4) {
                break;
            }
        }
        assertThat(held).isEqualTo(again.usage().promptTokens() + chosen.size() - 1);
    }

    @Test
    void grammarsPenaltiesAndDrawsHaveTheirSay() {
        List<SamplingOptions> samplings = List.of(
                SamplingOptions.builder()
                        .grammar(Grammar.of("root ::= (\"red \" | \"green \" | [a-f])+"))
                        .build(),
                SamplingOptions.builder()
                        .repeatPenalty(1.5f)
                        .frequencyPenalty(0.5f)
                        .dry(DryOptions.of(0.8f))
                        .build(),
                SamplingOptions.builder()
                        .temperature(1)
                        .seed(3)
                        .topK(40)
                        .topP(0.9f)
                        .build(),
                SamplingOptions.builder()
                        .temperature(0.7f)
                        .seed(4)
                        .xtc(0.5f, 0.1f)
                        .build());
        for (SamplingOptions sampling : samplings) {
            Generation generation = same(plain(40).sampling(sampling).build());
            assertThat(generation.drafts().orElseThrow().drafted()).isPositive();
        }
    }

    @Test
    void stepsWrittenInJavaSeeTheSame() {
        List<Integer> seen = new ArrayList<>();
        CustomSampler watching = new CustomSampler() {
            @Override
            public void apply(Candidates candidates) {
                seen.add(candidates.size());
                candidates.setLogit(seen.size() % 7, 30);
            }

            @Override
            public void accept(int token) {
                seen.add(-token);
            }
        };
        GenerationOptions options = plain(25)
                .sampling(SamplingOptions.builder().custom(watching).build())
                .build();
        generator.generate(PROMPT, options);
        List<Integer> without = List.copyOf(seen);
        seen.clear();
        Drafts drafts = generator.generate(PROMPT, guessed(options)).drafts().orElseThrow();
        assertThat(seen).isEqualTo(without);
        assertThat(drafts.drafted()).isGreaterThan(drafts.accepted());
    }

    @Test
    void probabilitiesAreThoseOfTheChosenTokens() {
        GenerationOptions options = plain(20).logProbabilities(3).build();
        List<TokenProbability> without = generator.generate(PROMPT, options).probabilities();
        List<TokenProbability> with =
                generator.generate(PROMPT, guessed(options)).probabilities();
        assertThat(with).hasSize(20);
        for (int i = 0; i < with.size(); i++) {
            assertThat(with.get(i).token()).isEqualTo(without.get(i).token());
            assertThat((double) with.get(i).logProbability())
                    .isCloseTo(without.get(i).logProbability(), within(1e-4));
        }
    }

    @Test
    void theSmallerModelGoesOnWhereItWas() {
        Generation first = generator.generate(PROMPT, guessed(plain(30).build()));
        Prompt longer = Prompt.builder()
                .text("a red apple and a house")
                .text(first.text())
                .build();
        GenerationOptions options = plain(30).build();
        assertThat(generator.generate(longer, guessed(options)).tokens())
                .isEqualTo(generator.generate(longer, options).tokens());
    }

    @Test
    void theSmallerModelServesOneAnswerAtATime() {
        try (GenerationStream stream =
                        generator.stream(PROMPT, guessed(plain(100).build()));
                InferenceContext second = InferenceContext.create(model, context(512))) {
            stream.next();
            new Generator(second, null).generate(PROMPT, guessed(plain(5).build()));
            assertThatIllegalStateException()
                    .isThrownBy(() -> stream.events().toList())
                    .withMessageContaining("another generation");
        }
    }

    @Test
    void aContextCannotGuessForItself() {
        GenerationOptions options =
                plain(5).speculation(Speculation.DraftModel.of(context)).build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> generator.generate(PROMPT, options))
                .withMessageContaining("for itself");
    }

    @Test
    void modelsWithOtherVocabulariesAreRefused() {
        try (Model other = Model.open(TestModels.tinyLlava());
                InferenceContext foreign = InferenceContext.create(other)) {
            GenerationOptions options =
                    plain(5).speculation(Speculation.DraftModel.of(foreign)).build();
            assertThatExceptionOfType(Vlm4jException.ModelLoad.class)
                    .isThrownBy(() -> generator.generate(PROMPT, options))
                    .withMessageContaining("model.gguf")
                    .withMessageContaining("llava-f32.gguf")
                    .withMessageContaining("2048");
        }
    }

    @Test
    void aFewFillersMoreAreNoOtherVocabulary() {
        Path file = folder.resolve("fillers.gguf");
        new RandomLlama(1, 32, 2, 1, 64, 2048 + 100, 1024, GgmlType.F32, 7).write(TestModels.bundled(), file);
        try (Model more = Model.open(file);
                InferenceContext guesser = InferenceContext.create(more, context(512))) {
            GenerationOptions options = plain(50)
                    .speculation(new Speculation.DraftModel(guesser, 4, 0))
                    .build();
            assertThat(generator.generate(PROMPT, options).tokens())
                    .isEqualTo(generator.generate(PROMPT, plain(50).build()).tokens());
        }
    }

    @Test
    void memoriesThatCannotBeCutAreRefused() {
        Path file = folder.resolve("mamba.gguf");
        RandomMamba.write(TestModels.bundled(), file);
        try (Model recurrent = Model.open(file);
                InferenceContext state = InferenceContext.create(recurrent)) {
            Generator other = new Generator(state, null);
            assertThat(other.generate(PROMPT, plain(3).build()).tokens()).hasSize(3);
            GenerationOptions options =
                    plain(3).speculation(Speculation.NgramLookup.defaults()).build();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> other.generate(PROMPT, options))
                    .withMessageContaining("mamba.gguf")
                    .withMessageContaining("cannot be cut");
            GenerationOptions asDraft =
                    plain(3).speculation(Speculation.DraftModel.of(state)).build();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> generator.generate(PROMPT, asDraft))
                    .withMessageContaining("mamba.gguf");
        }
    }

    @Test
    void settingsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Speculation.NgramLookup(0, 4, 8))
                .withMessageContaining("minLength must be 1 to 64, not 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Speculation.NgramLookup(3, 2, 8))
                .withMessageContaining("maxLength must be 3 to 64, not 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Speculation.NgramLookup(2, 3, 65))
                .withMessageContaining("maxDraft must be 1 to 64, not 65");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Speculation.DraftModel(guessing, 4, Float.NaN))
                .withMessageContaining("minProbability must be 0 to 1, not NaN");
        assertThatIllegalArgumentException().isThrownBy(() -> new Drafts(1, 2)).withMessageContaining("2 of 1");
        assertThat(new Drafts(4, 3).acceptanceRate()).isCloseTo(0.75, within(1e-12));
        assertThat(new Drafts(0, 0).acceptanceRate()).isZero();
    }
}
