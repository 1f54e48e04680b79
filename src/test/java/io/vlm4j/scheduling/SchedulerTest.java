package io.vlm4j.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.Prompt;
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
}
