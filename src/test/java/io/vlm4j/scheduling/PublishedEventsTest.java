package io.vlm4j.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.model.Model;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.TestModels;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Events for subscribers, by the rules of Reactive Streams.
@Tag("native")
@Tag("model")
class PublishedEventsTest {
    private static final Object COMPLETE = "complete";

    private static Model model;
    private static Scheduler scheduler;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.bundled());
        scheduler =
                Scheduler.start(model, null, SchedulerOptions.builder().slots(2).build());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static ScheduledGeneration generation(int tokens) {
        return scheduler.submit(GenerationRequest.of(
                Prompt.builder().markup("one two").build(),
                GenerationOptions.builder().maxTokens(tokens).ignoreEnd(true).build()));
    }

    /// Everything that it was told, in order.
    private static final class Listener implements Flow.Subscriber<GenerationEvent> {
        private final BlockingQueue<Object> told = new LinkedBlockingQueue<>();
        private volatile Flow.@Nullable Subscription subscription;

        private static Listener of(ScheduledGeneration generation) throws InterruptedException {
            Listener listener = new Listener();
            generation.publisher().subscribe(listener);
            assertThat(listener.take()).isInstanceOf(Flow.Subscription.class);
            return listener;
        }

        private Object take() throws InterruptedException {
            Object next = told.poll(1, TimeUnit.MINUTES);
            assertThat(next).isNotNull();
            return next;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            told.add(given);
        }

        @Override
        public void onNext(GenerationEvent event) {
            told.add(event);
        }

        @Override
        public void onError(Throwable failure) {
            told.add(failure);
        }

        @Override
        public void onComplete() {
            told.add(COMPLETE);
        }
    }

    @Test
    void asManyComeAsAreAskedFor() throws Exception {
        try (ScheduledGeneration generation = generation(20)) {
            Listener listener = Listener.of(generation);
            generation.future().join();
            assertThat(listener.told).isEmpty();

            listener.subscription.request(2);
            assertThat(listener.take()).isInstanceOf(GenerationEvent.PromptEvaluated.class);
            assertThat(listener.take()).isInstanceOf(GenerationEvent.Text.class);
            assertThat(listener.told).isEmpty();
            listener.subscription.request(Long.MAX_VALUE);
            listener.subscription.request(Long.MAX_VALUE);
            Object last = listener.take();
            while (!(last instanceof GenerationEvent.Finished)) {
                assertThat(last).isInstanceOf(GenerationEvent.Text.class);
                last = listener.take();
            }
            assertThat(listener.take()).isEqualTo(COMPLETE);
        }
    }

    @Test
    void aSecondReaderIsRefused() throws Exception {
        try (ScheduledGeneration generation = generation(2)) {
            Listener.of(generation);
            Listener second = Listener.of(generation);

            assertThat(second.take()).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(generation::next).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> generation.publisher().subscribe(null)).isInstanceOf(NullPointerException.class);
        }
    }

    @Test
    void askingForNothingIsAnError() throws Exception {
        try (ScheduledGeneration generation = generation(100_000)) {
            Listener listener = Listener.of(generation);
            listener.subscription.request(0);

            assertThat(listener.take()).isInstanceOf(IllegalArgumentException.class);
            assertThat(generation.future().join().finishReason()).isEqualTo(FinishReason.CANCELLED);
        }
    }

    @Test
    void cancellingTheSubscriptionCancelsTheGeneration() throws Exception {
        try (ScheduledGeneration generation = generation(100_000)) {
            Listener listener = Listener.of(generation);
            listener.subscription.request(1);
            listener.take();
            listener.subscription.cancel();

            assertThat(generation.future().join().finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(listener.told).isEmpty();
        }
    }

    @Test
    void aSubscriberThatThrowsCancelsTheGeneration() {
        try (ScheduledGeneration generation = generation(100_000)) {
            generation.publisher().subscribe(new Flow.Subscriber<>() {
                @Override
                public void onSubscribe(Flow.Subscription subscription) {
                    subscription.request(5);
                }

                @Override
                public void onNext(GenerationEvent event) {
                    throw new IllegalStateException("I cannot");
                }

                @Override
                public void onError(Throwable failure) {}

                @Override
                public void onComplete() {}
            });

            assertThat(generation.future().join().finishReason()).isEqualTo(FinishReason.CANCELLED);
        }
    }

    @Test
    void cancellingTheFutureCancelsTheGeneration() throws Exception {
        ScheduledGeneration generation = generation(100_000);
        assertThat(generation.next()).isInstanceOf(GenerationEvent.PromptEvaluated.class);
        assertThat(generation.future().cancel(true)).isTrue();

        Object last = generation.next();
        while (!(last instanceof GenerationEvent.Finished)) {
            last = generation.next();
        }
        assertThat(((GenerationEvent.Finished) last).generation().finishReason())
                .isEqualTo(FinishReason.CANCELLED);
    }

    @Test
    void whatDependsOnAFutureKeepsNobodyWaiting() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (ScheduledGeneration first = generation(2);
                ScheduledGeneration second = generation(50)) {
            CompletableFuture<Void> dependent = first.future().thenRun(() -> {
                try {
                    over.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });

            assertThat(second.future().join().tokens()).hasSize(50);
            assertThat(dependent).isNotDone();
            over.countDown();
            dependent.join();
        }
    }

    @Test
    void anAbandonedGenerationIsCancelled() throws Exception {
        try (Scheduler own =
                Scheduler.start(model, null, SchedulerOptions.builder().slots(1).build())) {
            abandon(own);
            while (own.status().finished() == 0) {
                System.gc();
            }

            assertThat(own.status().cancelled()).isEqualTo(1);
        }
    }

    private static void abandon(Scheduler own) throws InterruptedException {
        SamplingOptions unhurried = SamplingOptions.builder() // or the context is full before the collector comes to it
                .custom(candidates -> LockSupport.parkNanos(10_000_000))
                .build();
        ScheduledGeneration generation = own.submit(GenerationRequest.of(
                Prompt.builder().markup("one two").build(),
                GenerationOptions.builder()
                        .sampling(unhurried)
                        .maxTokens(1_000_000)
                        .ignoreEnd(true)
                        .build()));
        assertThat(generation.next()).isInstanceOf(GenerationEvent.PromptEvaluated.class);
    }
}
