package io.vlm4j.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.RandomClip;
import io.vlm4j.testkit.TestModels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who comes when, and who ends how.
@Tag("native")
@Tag("model")
class SchedulingOrderTest {
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

    private static SchedulerOptions.Builder slots(int count) {
        return SchedulerOptions.builder().slots(count);
    }

    private static Prompt text(String text) {
        return Prompt.builder().markup(text).build();
    }

    private static GenerationOptions exactly(int tokens) {
        return GenerationOptions.builder().maxTokens(tokens).ignoreEnd(true).build();
    }

    /// Submits a generation that holds its slot until the latch is opened: its sampler waits for it.
    private static ScheduledGeneration blocked(Scheduler scheduler, CountDownLatch latch) {
        SamplingOptions waits = SamplingOptions.builder()
                .custom(candidates -> {
                    try {
                        latch.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .build();
        return scheduler.submit(GenerationRequest.of(
                text("one"), exactly(1).toBuilder().sampling(waits).build()));
    }

    @Test
    void theUrgentComeFirst() throws Exception {
        List<Priority> begun = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch latch = new CountDownLatch(1);
        try (Scheduler scheduler = Scheduler.start(model, null, slots(1).build())) {
            ScheduledGeneration first = blocked(scheduler, latch);
            List<ScheduledGeneration> all = new ArrayList<>();
            for (Priority priority : List.of(Priority.LOW, Priority.NORMAL, Priority.LOW, Priority.HIGH)) {
                SamplingOptions tells = SamplingOptions.builder()
                        .custom(candidates -> begun.add(priority))
                        .build();
                all.add(scheduler.submit(GenerationRequest.builder(text("USER: What"))
                        .options(exactly(1).toBuilder().sampling(tells).build())
                        .priority(priority)
                        .build()));
            }
            latch.countDown();
            for (ScheduledGeneration one : all) {
                one.future().get();
            }

            assertThat(first.future().get().usage().completionTokens()).isEqualTo(1);
            assertThat(begun).containsExactly(Priority.HIGH, Priority.NORMAL, Priority.LOW, Priority.LOW);
        }
    }

    @Test
    void whoAsksForMuchDoesNotKeepOthersWaiting() throws Exception {
        List<String> ended = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch latch = new CountDownLatch(1);
        try (Scheduler scheduler = Scheduler.start(model, null, slots(2).build())) {
            blocked(scheduler, latch);
            List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < 44; i++) {
                String caller = i < 40 ? "flood" : "other";
                ScheduledGeneration one = scheduler.submit(GenerationRequest.builder(text("USER: What " + i))
                        .options(exactly(10))
                        .caller(caller)
                        .build());
                readers.add(Thread.startVirtualThread(() -> {
                    one.future().join();
                    ended.add(caller);
                }));
            }
            latch.countDown();
            for (Thread reader : readers) {
                reader.join();
            }

            assertThat(ended.lastIndexOf("other")).isLessThan(20);
        }
    }

    @Test
    void aDeadlineEndsWhatWaitsAndWhatRuns() throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        try (Scheduler scheduler = Scheduler.start(model, null, slots(1).build())) {
            ScheduledGeneration first = blocked(scheduler, latch);
            ScheduledGeneration late = scheduler.submit(GenerationRequest.builder(text("two"))
                    .deadline(Duration.ofNanos(1))
                    .build());
            latch.countDown();

            assertThatThrownBy(() -> late.future().get())
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(Vlm4jException.DeadlineExceeded.class);
            assertThat(first.future().get().finishReason()).isEqualTo(FinishReason.MAX_TOKENS);

            ScheduledGeneration slow = scheduler.submit(GenerationRequest.builder(text("two"))
                    .options(exactly(1_000_000).toBuilder()
                            .sampling(SamplingOptions.builder()
                                    .custom(candidates -> Thread.yield())
                                    .build())
                            .build())
                    .deadline(Duration.ofSeconds(2))
                    .build());
            Generation cut = slow.future().get();
            assertThat(cut.finishReason()).isIn(FinishReason.CANCELLED, FinishReason.CONTEXT_FULL);
            assertThat(cut.tokens()).isNotEmpty();
        }
    }

    @Test
    void aSlowReaderKeepsNobodyWaiting() throws Exception {
        try (Scheduler scheduler = Scheduler.start(model, null, slots(2).build())) {
            ScheduledGeneration slow = scheduler.submit(GenerationRequest.of(text("one two"), exactly(100)));
            assertThat(slow.next()).isInstanceOf(GenerationEvent.PromptEvaluated.class);
            Generation other = scheduler
                    .submit(GenerationRequest.of(text("three"), exactly(200)))
                    .future()
                    .get();

            assertThat(other.tokens()).hasSize(200);
            int texts = 0;
            for (GenerationEvent event = slow.next(); event != null; event = slow.next()) {
                texts += event instanceof GenerationEvent.Text ? 1 : 0;
            }
            assertThat(texts).isPositive();
        }
    }

    @Test
    void encodingDoesNotStopDecoding(@TempDir Path folder) throws Exception {
        Path large = folder.resolve("large.gguf");
        new RandomClip(6, 512, 336, 14, TestModels.bundledEmbedding(), 1).write(large);
        try (Model own = Model.open(TestModels.bundled());
                Projector slow = own.openProjector(
                        large, ProjectorOptions.builder().threads(1).build());
                Scheduler scheduler = Scheduler.start(own, slow, slots(2).build())) {
            AtomicInteger tokens = new AtomicInteger();
            ScheduledGeneration running = scheduler.submit(GenerationRequest.of(
                    text("one two"),
                    exactly(7000).toBuilder()
                            .sampling(SamplingOptions.builder()
                                    .custom(candidates -> tokens.incrementAndGet())
                                    .build())
                            .build()));
            assertThat(running.next()).isInstanceOf(GenerationEvent.PromptEvaluated.class);
            int before = tokens.get();
            ScheduledGeneration seeing = scheduler.submit(
                    GenerationRequest.of(Prompts.about("05-syringe.png", "What is this?"), exactly(1)));
            assertThat(seeing.next()).isInstanceOf(GenerationEvent.MediaEncoded.class);

            assertThat(tokens.get() - before)
                    .as("tokens while a picture was encoded")
                    .isGreaterThan(20);
            running.close();
        }
    }

    @Test
    void whatFailsFailsAlone() throws Exception {
        try (Scheduler scheduler = Scheduler.start(model, null, slots(3).build())) {
            ScheduledGeneration good = scheduler.submit(GenerationRequest.of(text("one"), exactly(50)));
            ScheduledGeneration bad = scheduler.submit(GenerationRequest.of(
                    text("two"),
                    exactly(50).toBuilder()
                            .sampling(SamplingOptions.builder()
                                    .custom(candidates -> {
                                        throw new UnsupportedOperationException("no");
                                    })
                                    .build())
                            .build()));
            ScheduledGeneration unreadable = scheduler.submit(GenerationRequest.of(
                    text("three"),
                    exactly(50).toBuilder()
                            .sampling(SamplingOptions.builder()
                                    .grammar(Grammar.of("root ::= ("))
                                    .build())
                            .build()));

            assertThatThrownBy(() -> bad.future().get()).hasCauseInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> unreadable.future().get()).hasCauseInstanceOf(Vlm4jException.InvalidGrammar.class);
            assertThat(good.future().get().tokens()).hasSize(50);
            assertThat(scheduler.status().failed()).isEqualTo(2);
        }
    }

    @Test
    void closingTheModelEndsEverythingWithAFinalEvent() throws Exception {
        Model own = Model.open(TestModels.bundled());
        Scheduler scheduler = Scheduler.start(own, own.openProjector(TestModels.bundledProjector()), slots(2).build());
        List<ScheduledGeneration> all = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            all.add(scheduler.submit(GenerationRequest.of(
                    i % 3 == 0 ? Prompts.about("05-syringe.png", "What " + i) : text("one " + i), exactly(2000))));
        }
        while (!(all.get(1).next() instanceof GenerationEvent.Text)) {
            // until something runs
        }
        own.close();

        for (ScheduledGeneration one : all) {
            assertThat(one.future().get().finishReason()).isEqualTo(FinishReason.CANCELLED);
        }
        assertThatThrownBy(() -> scheduler.submit(GenerationRequest.of(text("x"), exactly(1))))
                .isInstanceOf(IllegalStateException.class);
        scheduler.close();
    }

    @Test
    void hundredsAreCancelledAtAnyTimeAndTheOthersAreRight() throws Exception {
        int count = 600;
        Random random = new Random(7);
        try (Scheduler scheduler = Scheduler.start(
                model, projector, slots(4).queue(count).prefillTokens(40).build())) {
            List<ScheduledGeneration> all = new ArrayList<>();
            List<Thread> cancellers = new ArrayList<>();
            boolean[] cancelled = new boolean[count];
            for (int i = 0; i < count; i++) {
                Prompt prompt = i % 5 == 0
                        ? Prompts.about(Prompts.PICTURES.get(i % Prompts.PICTURES.size()), "What " + i % 7)
                        : text("USER: tell me of " + i % 11);
                ScheduledGeneration one = scheduler.submit(GenerationRequest.builder(prompt)
                        .options(exactly(8))
                        .caller("caller " + i % 3)
                        .build());
                all.add(one);
                if (random.nextInt(10) < 7) {
                    cancelled[i] = true;
                    int events = random.nextInt(6);
                    boolean atOnce = random.nextBoolean();
                    cancellers.add(Thread.startVirtualThread(() -> {
                        try {
                            for (int event = 0; event < events && !atOnce && one.next() != null; event++) {
                                // as far as it gets
                            }
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                        one.close();
                    }));
                }
            }
            for (Thread canceller : cancellers) {
                canceller.join();
            }
            for (int i = 0; i < count; i++) {
                Generation generation = all.get(i).future().get();
                if (!cancelled[i]) {
                    assertThat(generation.tokens()).hasSize(8);
                }
            }

            assertThat(scheduler.drain(Duration.ofMinutes(1))).isTrue();
            SchedulerStatus status = scheduler.status();
            assertThat(status.running()).isZero();
            assertThat(status.waiting()).isZero();
            assertThat(status.finished()).isEqualTo(count);
            assertThat(status.failed()).isZero();
            assertThat(status.cancelled()).isGreaterThan(100);
        }
    }

    @Test
    void aThousandVirtualThreadsGetTheirAnswers() throws Exception {
        try (Scheduler scheduler =
                Scheduler.start(model, null, slots(16).queue(1000).build())) {
            AtomicInteger tokens = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                int number = i;
                threads.add(Thread.startVirtualThread(() -> {
                    ScheduledGeneration one =
                            scheduler.submit(GenerationRequest.of(text("USER: " + number % 10), exactly(3)));
                    try {
                        for (GenerationEvent event = one.next(); event != null; event = one.next()) {
                            if (event instanceof GenerationEvent.Finished end) {
                                tokens.addAndGet(end.generation().tokens().size());
                            }
                        }
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }

            assertThat(tokens).hasValue(3000);
        }
    }
}
