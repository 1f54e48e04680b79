package io.vlm4j.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.inference.Reuse;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.RandomLora;
import io.vlm4j.testkit.RandomMamba;
import io.vlm4j.testkit.TestModels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Many at a time give what each gives alone.
///
/// Passes of several tokens round their sums in another order than passes of one, see `SpeculationTest`; so answers are
/// compared with weights and cache in F32.
@Tag("native")
@Tag("model")
class SchedulerTest {
    private static final ContextOptions EXACT =
            ContextOptions.builder().cacheType(CacheType.F32).build();

    private static Model model;
    private static Projector projector;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.bundled());
        projector = model.openProjector(TestModels.bundledProjector());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static SchedulerOptions.Builder options(int slots) {
        return SchedulerOptions.builder().slots(slots).context(EXACT);
    }

    private static GenerationOptions most(int tokens) {
        return GenerationOptions.builder().maxTokens(tokens).build();
    }

    private static GenerationRequest ask(String text, int tokens) {
        return GenerationRequest.of(Prompt.builder().markup(text).build(), most(tokens));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 16})
    @Tag("reference")
    void manyAtATimeGiveWhatEachGivesAlone(int slots) throws Exception {
        Path full = TestModels.reference("models/pico/pico-llava-f32.gguf");
        List<Prompt> prompts = new ArrayList<>(Prompts.some());
        Collections.shuffle(prompts, new Random(slots));
        try (Model exact = Model.open(full);
                Projector sees = exact.openProjector(TestModels.bundledProjector());
                InferenceContext context = InferenceContext.create(exact, EXACT)) {
            Generator alone = new Generator(context, sees);
            List<String> expected = prompts.stream()
                    .map(prompt -> alone.generate(prompt, most(24)).text())
                    .toList();
            try (Scheduler scheduler = Scheduler.start(
                    exact, sees, options(slots).prefillTokens(20).build())) {
                List<ScheduledGeneration> all = prompts.stream()
                        .map(prompt -> scheduler.submit(GenerationRequest.of(prompt, most(24))))
                        .toList();
                List<String> texts = new ArrayList<>();
                for (ScheduledGeneration one : all) {
                    texts.add(one.future().get().text());
                }

                assertThat(texts).isEqualTo(expected);
                SchedulerStatus status = scheduler.status();
                assertThat(status.finished()).isEqualTo(prompts.size());
                assertThat(status.failed()).isZero();
                assertThat(status.running()).isZero();
                assertThat(status.reusedTokens()).isPositive();
            }
        }
    }

    @Test
    void eventsComeInOrderAndMakeUpTheText() throws Exception {
        try (Scheduler scheduler = Scheduler.start(model, projector, options(2).build());
                ScheduledGeneration generation = scheduler.submit(GenerationRequest.of(
                        Prompts.about("06-red_apple.png", "What is shown in this image?"), most(12)))) {
            List<GenerationEvent> events = new ArrayList<>();
            for (GenerationEvent event = generation.next(); event != null; event = generation.next()) {
                events.add(event);
            }

            assertThat(events.getFirst()).isInstanceOf(GenerationEvent.MediaEncoded.class);
            assertThat(events.get(1)).isInstanceOf(GenerationEvent.PromptEvaluated.class);
            assertThat(events.getLast()).isInstanceOf(GenerationEvent.Finished.class);
            StringBuilder text = new StringBuilder();
            events.stream()
                    .filter(GenerationEvent.Text.class::isInstance)
                    .forEach(event -> text.append(((GenerationEvent.Text) event).text()));
            Generation result = ((GenerationEvent.Finished) events.getLast()).generation();
            assertThat(result.text()).isEqualTo(text.toString()).isNotEmpty();
            assertThat(generation.future().get()).isEqualTo(result);
            assertThat(generation.next()).isNull();
        }
    }

    @Test
    void aFullQueueRefuses() throws Exception {
        try (Scheduler scheduler =
                Scheduler.start(model, null, options(1).queue(1).build())) {
            ScheduledGeneration first = scheduler.submit(ask("USER: What is", 400));
            ScheduledGeneration second = scheduler.submit(ask("USER: What is", 4));

            assertThatThrownBy(() -> scheduler.submit(ask("USER: What is", 4)))
                    .isInstanceOf(Vlm4jException.Overloaded.class);
            assertThat(scheduler.status().refused()).isEqualTo(1);
            first.cancel();
            assertThat(first.future().get().finishReason())
                    .isIn(FinishReason.CANCELLED, FinishReason.END_OF_GENERATION, FinishReason.MAX_TOKENS);
            assertThat(second.future().get().usage().completionTokens()).isPositive();
            assertThat(scheduler.drain(Duration.ofMinutes(1))).isTrue();
            assertThatThrownBy(() -> scheduler.submit(ask("USER: What is", 4)))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void nothingIsEvaluatedOfAPromptThatCannotFit() {
        ContextOptions small = ContextOptions.builder().contextLength(256).build();
        try (Scheduler scheduler = Scheduler.start(
                model, null, SchedulerOptions.builder().slots(2).context(small).build())) {
            assertThat(scheduler.slotLength()).isEqualTo(256);
            assertThatThrownBy(() -> scheduler
                            .submit(ask("a dog ".repeat(300), 4))
                            .future()
                            .get())
                    .hasCauseInstanceOf(Vlm4jException.ContextFull.class);
            assertThat(scheduler.status().promptTokens()).isZero();
            assertThat(scheduler.status().failed()).isEqualTo(1);
        }
    }

    @Test
    void whatAnotherSlotHoldsIsShared() throws Exception {
        String beginning = "USER: " + "a dog and a cat and ".repeat(20);
        try (Scheduler scheduler = Scheduler.start(model, null, options(3).build())) {
            Generation first =
                    scheduler.submit(ask(beginning + "one", 4)).future().get();
            ScheduledGeneration running = scheduler.submit(GenerationRequest.of(
                    Prompt.builder().markup(beginning + "two").build(),
                    most(300).toBuilder().ignoreEnd(true).build()));
            while (!(running.next() instanceof GenerationEvent.Text)) {
                // until it runs
            }
            Generation third =
                    scheduler.submit(ask(beginning + "three", 4)).future().get();
            Generation none = scheduler
                    .submit(GenerationRequest.of(
                            Prompt.builder().markup(beginning + "three").build(),
                            most(4).toBuilder().reuse(Reuse.NONE).build()))
                    .future()
                    .get();

            assertThat(first.usage().reusedTokens()).isZero();
            assertThat(third.usage().reusedTokens())
                    .isGreaterThan(100)
                    .isLessThan(third.usage().promptTokens());
            assertThat(none.usage().reusedTokens()).isZero();
            assertThat(none.text()).isEqualTo(third.text());
            assertThat(scheduler.status().cells())
                    .as("what is shared takes its cells once")
                    .isLessThan(3 * third.usage().promptTokens() + 310);
        }
    }

    @Test
    void whatGaveWayToOthersIsStillThere() throws Exception {
        String first = "one two three four five six seven eight nine ten ".repeat(8);
        String second = "a red apple and a blue house and a green tree and ".repeat(8);
        for (long bytes : new long[] {0, SchedulerOptions.DEFAULT_PARKED_BYTES}) {
            SchedulerOptions narrow = options(1).parkedBytes(bytes).build(); // one slot: the second takes the first's
            try (Scheduler scheduler = Scheduler.start(model, projector, narrow)) {
                Generation before = generate(scheduler, first);
                generate(scheduler, second);
                Generation after = generate(scheduler, first);

                assertThat(after.text()).isEqualTo(before.text());
                int reused = after.usage().reusedTokens();
                if (bytes == 0) {
                    assertThat(reused).isLessThan(3);
                } else {
                    assertThat(reused).isEqualTo(after.usage().promptTokens() - 1);
                }
            }
        }
    }

    private static Generation generate(Scheduler scheduler, String text) throws Exception {
        try (ScheduledGeneration one = scheduler.submit(
                GenerationRequest.of(Prompt.builder().markup(text).build(), most(8)))) {
            return one.future().get();
        }
    }

    @Test
    void whatIsBeingEvaluatedForAnotherIsSharedAsSoonAsItIsThere() throws Exception {
        String beginning = "one two three four five six seven eight nine ten ".repeat(12);
        try (Model other = Model.open(TestModels.bundled());
                Scheduler scheduler = Scheduler.start(other, null, options(4).build())) {
            List<ScheduledGeneration> all = new ArrayList<>();
            for (String end : List.of("eleven", "twelve", "eleven", "thirteen")) {
                all.add(scheduler.submit(ask(beginning + end, 4)));
            }
            List<Generation> answers = new ArrayList<>();
            for (ScheduledGeneration one : all) {
                answers.add(one.future().get());
            }

            int whole = answers.getFirst().usage().promptTokens();
            assertThat(whole).isGreaterThan(100);
            assertThat(answers.stream()
                            .filter(answer -> answer.usage().reusedTokens() < whole / 2)
                            .count())
                    .isEqualTo(1); // who came first
            assertThat(answers.get(2).text()).isEqualTo(answers.get(0).text());
        }
    }

    @Test
    void theSamePictureIsEncodedOnce() throws Exception {
        GenerationOptions fresh = most(4).toBuilder().reuse(Reuse.NONE).build();
        try (Model other = Model.open(TestModels.bundled());
                Projector sees = other.openProjector(TestModels.bundledProjector());
                Scheduler scheduler = Scheduler.start(other, sees, options(4).build())) {
            List<ScheduledGeneration> all = new ArrayList<>();
            for (String question : List.of("What is this?", "How many?", "What is this?", "Why?")) {
                all.add(scheduler.submit(GenerationRequest.of(Prompts.about("05-syringe.png", question), fresh)));
            }
            for (ScheduledGeneration one : all) {
                assertThat(one.future().get().usage().imageTokens()).isPositive();
            }

            assertThat(sees.cache().statistics().misses()).isEqualTo(1);
            assertThat(scheduler.status().imagesEncoded()).isEqualTo(1);
            assertThat(scheduler.status().imagesCached()).isEqualTo(3);
        }
    }

    @Test
    void answersThatOutgrowTheMemoryGiveWayAndAreTheSame() throws Exception {
        GenerationOptions lengthy = most(150).toBuilder().ignoreEnd(true).build();
        List<Prompt> prompts =
                List.of("USER: What is", "one two three", "The picture shows", "a red apple and a").stream()
                        .map(text -> Prompt.builder().markup(text).build())
                        .toList();
        ContextOptions small = ContextOptions.builder()
                .contextLength(256)
                .cacheType(CacheType.F32)
                .build();
        try (Model exact = Model.open(TestModels.tinyLlava());
                InferenceContext context = InferenceContext.create(exact, small);
                Scheduler scheduler = Scheduler.start(
                        exact,
                        null,
                        SchedulerOptions.builder().slots(4).context(small).build())) {
            Generator alone = new Generator(context, null);
            List<Generation> expected = prompts.stream()
                    .map(prompt -> alone.generate(prompt, lengthy))
                    .toList();
            List<ScheduledGeneration> all = prompts.stream()
                    .map(prompt -> scheduler.submit(GenerationRequest.of(prompt, lengthy)))
                    .toList();

            for (int i = 0; i < all.size(); i++) {
                Generation generation = all.get(i).future().get();
                assertThat(generation.tokens()).isEqualTo(expected.get(i).tokens());
                assertThat(generation.finishReason()).isEqualTo(FinishReason.MAX_TOKENS);
            }
        }
    }

    @Test
    void aModelWhoseMemoryCannotBeCutAnswersTheSame(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("mamba.gguf");
        RandomMamba.write(TestModels.bundled(), file);
        List<Prompt> prompts = List.of("USER: What is", "USER: What is it", "USER: What is", "one two three").stream()
                .map(text -> Prompt.builder().markup(text).build())
                .toList();
        try (Model mamba = Model.open(file);
                InferenceContext context = InferenceContext.create(mamba, EXACT);
                Scheduler scheduler = Scheduler.start(mamba, null, options(3).build())) {
            Generator alone = new Generator(context, null);
            for (int round = 0; round < 2; round++) {
                List<ScheduledGeneration> all = prompts.stream()
                        .map(prompt -> scheduler.submit(GenerationRequest.of(prompt, most(20))))
                        .toList();
                for (int i = 0; i < all.size(); i++) {
                    assertThat(all.get(i).future().get().tokens())
                            .isEqualTo(alone.generate(prompts.get(i), most(20)).tokens());
                }
            }
        }
    }

    @Test
    void eachRequestHasItsAdaptersItsGrammarAndItsProbabilities(@TempDir Path folder) throws Exception {
        Path file = new RandomLora(4, 8, 0.3, 1).write(TestModels.tinyLlava(), folder.resolve("lora.gguf"));
        try (Model exact = Model.open(TestModels.tinyLlava());
                LoraAdapter lora = exact.openAdapter(file);
                InferenceContext context = InferenceContext.create(exact, EXACT);
                Scheduler scheduler = Scheduler.start(exact, null, options(4).build())) {
            Generator alone = new Generator(context, null);
            GenerationOptions plain = most(12).toBuilder().ignoreEnd(true).build();
            List<GenerationOptions> kinds = List.of(
                    plain,
                    plain.toBuilder().adapters(Adapters.of(lora)).build(),
                    plain.toBuilder().adapters(Adapters.none().with(lora, 0.5f)).build(),
                    plain.toBuilder()
                            .sampling(SamplingOptions.builder()
                                    .grammar(Grammar.ofChoices(List.of("yes", "no")))
                                    .build())
                            .ignoreEnd(false)
                            .build(),
                    plain.toBuilder().logProbabilities(3).build());
            Prompt prompt = Prompt.builder().markup("USER: What is").build();
            List<ScheduledGeneration> all = new ArrayList<>();
            for (int round = 0; round < 3; round++) {
                kinds.forEach(options -> all.add(scheduler.submit(GenerationRequest.of(prompt, options))));
            }
            for (int i = 0; i < all.size(); i++) {
                Generation expected = alone.generate(prompt, kinds.get(i % kinds.size()));
                Generation generation = all.get(i).future().get();
                assertThat(generation.tokens()).isEqualTo(expected.tokens());
                assertThat(generation.probabilities()).hasSameSizeAs(expected.probabilities());
                for (int p = 0; p < expected.probabilities().size(); p++) {
                    assertThat(generation.probabilities().get(p).logProbability())
                            .isCloseTo(expected.probabilities().get(p).logProbability(), within(1e-3f));
                }
            }
            assertThat(all.get(1).future().get().tokens())
                    .isNotEqualTo(all.getFirst().future().get().tokens());
        }
    }
}
