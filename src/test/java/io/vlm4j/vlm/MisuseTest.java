package io.vlm4j.vlm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.ContextSnapshot;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.sampling.Sampler;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.TestModels;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Misuse that ends the process in other bindings, as far as [BadInputTest] (missing and invalid projectors, malformed
/// grammars, closed models, listeners that throw, two threads, tokens of other vocabularies) has it not.
@Tag("native")
@Tag("model")
class MisuseTest {
    private static Model model;

    private InferenceContext context;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.bundled());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @BeforeEach
    void evaluate() {
        context = InferenceContext.create(
                model,
                ContextOptions.builder()
                        .contextLength(256)
                        .batchSize(32)
                        .threads(1)
                        .build());
        context.decode(new int[] {1, 2, 3});
    }

    @AfterEach
    void theSameModelStillAnswers() {
        context.close();
        try (InferenceContext fresh = InferenceContext.create(model);
                Sampler sampler = Sampler.create(model, SamplingOptions.greedy())) {
            fresh.decode(1);
            assertThat(fresh.sample(sampler)).isBetween(0, model.tokenizer().size() - 1);
        }
    }

    @Test
    void aChainThatLeavesNothingToChooseFrom() {
        SamplingOptions removing = SamplingOptions.builder()
                .custom(candidates -> candidates.keepIf(token -> false))
                .build();
        try (Sampler sampler = Sampler.create(model, removing)) {
            assertThatIllegalStateException().isThrownBy(() -> context.sample(sampler));
        }
        SamplingOptions forbidding = SamplingOptions.builder()
                .custom(candidates -> {
                    for (int i = 0; i < candidates.size(); i++) {
                        candidates.setLogit(i, Float.NEGATIVE_INFINITY);
                    }
                })
                .temperature(1)
                .build();
        try (Sampler sampler = Sampler.create(model, forbidding)) {
            try {
                assertThat(context.sample(sampler))
                        .isBetween(0, model.tokenizer().size() - 1);
            } catch (Vlm4jException.Inference e) {
                assertThat(e).hasMessageContaining("token");
            }
        }
    }

    @Test
    void aSamplerThatThrowsWhileItSamples() {
        SamplingOptions throwing = SamplingOptions.builder()
                .custom(candidates -> {
                    throw new UnsupportedOperationException("from the sampler");
                })
                .build();
        try (Sampler sampler = Sampler.create(model, throwing)) {
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> context.sample(sampler))
                    .withMessage("from the sampler");
        }
    }

    @Test
    void samplingWithASamplerOrAContextThatIsClosed() {
        Sampler closed = Sampler.create(model, SamplingOptions.greedy());
        closed.close();
        assertThatIllegalStateException().isThrownBy(() -> context.sample(closed));
        assertThatIllegalStateException().isThrownBy(() -> closed.accept(1));
        try (Sampler sampler = Sampler.create(model, SamplingOptions.greedy())) {
            context.close();
            assertThatIllegalStateException().isThrownBy(() -> context.sample(sampler));
        }
    }

    @Test
    void moreTokensThanABatchHolds() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> context.decodeAll(new int[33]))
                .withMessageContaining("33");
        context.decode(new int[100]); // is cut into batches
        assertThatExceptionOfType(Vlm4jException.ContextFull.class).isThrownBy(() -> context.decode(new int[1000]));
        assertThat(context.tokens()).isEqualTo(103);
    }

    /// Sequences have no numbers here: what a context remembers is one, and another's comes as a snapshot.
    @Test
    void aSequenceThatIsNotThere() {
        assertThatIllegalArgumentException().isThrownBy(() -> context.truncate(4));
        assertThatIllegalArgumentException().isThrownBy(() -> context.truncate(-1));
        ContextSnapshot snapshot = context.snapshot();
        snapshot.close();
        assertThatIllegalStateException().isThrownBy(() -> context.restore(snapshot));
        try (Model other = Model.open(TestModels.tinyLlava());
                InferenceContext foreign = InferenceContext.create(other)) {
            foreign.decode(1);
            try (ContextSnapshot foreignSnapshot = foreign.snapshot()) {
                assertThatIllegalArgumentException().isThrownBy(() -> context.restore(foreignSnapshot));
            }
        }
    }

    @Test
    void closingEverythingWhileItGenerates() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch tried = new CountDownLatch(1);
        AtomicReference<Throwable> refused = new AtomicReference<>();
        Thread closer = Thread.ofPlatform().start(() -> {
            try {
                inside.await();
                context.close();
            } catch (IllegalStateException | InterruptedException e) {
                refused.set(e);
            } finally {
                tried.countDown();
            }
        });
        GenerationOptions options = GenerationOptions.builder()
                .maxTokens(2)
                .ignoreEnd(true)
                .sampling(SamplingOptions.builder()
                        .custom(candidates -> {
                            inside.countDown();
                            try {
                                tried.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        })
                        .build())
                .build();
        try (GenerationStream stream = new Generator(context, null)
                .stream(Prompt.builder().text("Hello").build(), options, new Cancellation())) {
            while (stream.hasNext()) {
                stream.next();
            }
        }
        closer.join();
        assertThat(refused.get()).isInstanceOf(IllegalStateException.class);
    }
}
