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
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.Sampler;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The thirteen misuses of which six ended the process with the closest peer's API, numbered in the tests' names:
/// each is an exception that says what is wrong, and the model goes on. [BadInputTest] and `LifetimesTest` have
/// more of the kind.
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
    void misuse01AProjectorThatIsMissing() {
        assertThatExceptionOfType(Vlm4jException.InvalidFile.class)
                .isThrownBy(() -> Vlm.open(TestModels.bundled(), Path.of("no/mmproj.gguf")))
                .withMessageContaining("no/mmproj.gguf");
        assertThatExceptionOfType(Vlm4jException.InvalidFile.class)
                .isThrownBy(() -> model.openProjector(Path.of("no/mmproj.gguf")))
                .withMessageContaining("no/mmproj.gguf");
    }

    @Test
    void misuse02AProjectorThatIsInvalid(@TempDir Path folder) throws IOException {
        byte[] whole = Files.readAllBytes(TestModels.bundledProjector());
        Path cut = Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(whole, whole.length / 2));
        Path text = Files.write(folder.resolve("notes.gguf"), "only my notes".getBytes(StandardCharsets.UTF_8));
        for (Path damaged : List.of(cut, text)) {
            assertThatExceptionOfType(Vlm4jException.InvalidFile.class)
                    .isThrownBy(() -> model.openProjector(damaged))
                    .withMessageContaining(String.valueOf(damaged.getFileName()));
        }
        for (Path other : List.of(TestModels.bundled(), TestModels.tinyLlavaProjector())) {
            assertThatExceptionOfType(Vlm4jException.ModelLoad.class)
                    .isThrownBy(() -> model.openProjector(other))
                    .withMessageContaining("mmproj");
        }
    }

    @Test
    void misuse03AGrammarThatIsMalformed() {
        for (String malformed : List.of("root ::= \"a\" | unknown-rule (", "root ::= root \"a\"", "no ::= \"root\"")) {
            assertThatExceptionOfType(Vlm4jException.InvalidGrammar.class)
                    .isThrownBy(() -> Sampler.create(
                            model,
                            SamplingOptions.builder()
                                    .grammar(Grammar.of(malformed))
                                    .build()));
        }
    }

    @Test
    void misuse04ASamplerChainWithoutAFinalChoice() {
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
    void misuse08ACallbackThatThrowsWhileItSamples() {
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
    void misuse05ASamplerThatIsClosed() {
        Sampler closed = Sampler.create(model, SamplingOptions.greedy());
        closed.close();
        closed.close();
        assertThatIllegalStateException().isThrownBy(() -> context.sample(closed));
        assertThatIllegalStateException().isThrownBy(() -> closed.accept(1));
        assertThatIllegalStateException().isThrownBy(closed::reset);
    }

    @Test
    void misuse06AModelThatIsClosed() {
        Model closed = Model.open(TestModels.tinyLlava());
        InferenceContext orphan = InferenceContext.create(closed);
        Sampler sampler = Sampler.create(closed, SamplingOptions.greedy());
        orphan.decode(1);
        closed.close();
        closed.close();
        assertThatIllegalStateException().isThrownBy(() -> InferenceContext.create(closed));
        assertThatIllegalStateException().isThrownBy(() -> Sampler.create(closed, SamplingOptions.greedy()));
        assertThatIllegalStateException().isThrownBy(() -> closed.tokenizer().encode("a"));
        assertThatIllegalStateException().isThrownBy(() -> orphan.decode(1));
        assertThatIllegalStateException().isThrownBy(() -> orphan.sample(sampler));
        assertThatIllegalStateException().isThrownBy(sampler::reset);
        orphan.close();
        sampler.close();
    }

    @Test
    void misuse07AContextThatIsClosed() {
        try (Sampler sampler = Sampler.create(model, SamplingOptions.greedy())) {
            context.close();
            assertThatIllegalStateException().isThrownBy(() -> context.sample(sampler));
            assertThatIllegalStateException().isThrownBy(() -> context.decode(1));
            assertThatIllegalStateException().isThrownBy(context::logits);
            assertThatIllegalStateException().isThrownBy(context::interrupt);
        }
    }

    /// What a logging backend does wrong is counted, and neither crosses native frames nor is lost what was logged.
    @Test
    void misuse08ACallbackThatThrowsWhileItLogs() {
        long lost = NativeLog.lost();
        NativeLog.tee(line -> {
            throw new UnsupportedOperationException("from the log: " + line);
        });
        try {
            assertThatExceptionOfType(Vlm4jException.InvalidGrammar.class)
                    .isThrownBy(() -> Sampler.create(
                            model,
                            SamplingOptions.builder()
                                    .grammar(Grammar.of("root ::= nowhere"))
                                    .build()))
                    .withMessageContaining("nowhere");
            try (Model again = Model.open(TestModels.bundled())) {
                assertThat(again.tokenizer().size()).isEqualTo(model.tokenizer().size());
            }
        } finally {
            NativeLog.tee(line -> {});
        }
        assertThat(NativeLog.lost()).isGreaterThan(lost);
    }

    @Test
    void misuse08ACallbackThatThrowsOfProgress() {
        ModelOptions throwing = ModelOptions.builder()
                .listener(fraction -> {
                    throw new UnsupportedOperationException("from the listener");
                })
                .build();
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> Model.open(TestModels.bundled(), throwing))
                .withMessage("from the listener");
    }

    @Test
    void misuse08ACallbackThatThrowsWhileItEvaluates() {
        EvaluationListener throwing = new EvaluationListener() {
            @Override
            public void onEvaluated(int tokens, Duration time) {
                throw new UnsupportedOperationException("from the evaluation");
            }
        };
        try (TokenizedPrompt prompt =
                TokenizedPrompt.of(Prompt.builder().text("a red apple").build(), model, null)) {
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> context.decode(prompt, null, throwing))
                    .withMessage("from the evaluation");
        }
    }

    @Test
    void misuse10ABatchThatIsTooLong() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> context.decodeAll(new int[33]))
                .withMessageContaining("33");
        context.decode(new int[100]); // is cut into batches
        assertThatExceptionOfType(Vlm4jException.ContextFull.class).isThrownBy(() -> context.decode(new int[1000]));
        assertThat(context.tokens()).isEqualTo(103);
    }

    /// Sequences have no numbers here: what a context remembers is one, and another's comes as a snapshot.
    @Test
    void misuse09ASequenceThatIsNotThere() {
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
    void misuse12ClosingWhileItGenerates() throws InterruptedException {
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

    @Test
    void misuse11TwoThreadsOnOneContext() throws InterruptedException, ExecutionException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch tried = new CountDownLatch(1);
        SamplingOptions waiting = SamplingOptions.builder()
                .custom(candidates -> {
                    inside.countDown();
                    try {
                        tried.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                })
                .build();
        try (Sampler sampler = Sampler.create(model, waiting);
                Sampler other = Sampler.create(model, SamplingOptions.greedy())) {
            CompletableFuture<Integer> first = CompletableFuture.supplyAsync(() -> context.sample(sampler));
            inside.await();
            try {
                assertThatIllegalStateException()
                        .isThrownBy(() -> context.decode(5))
                        .withMessageContaining("one thread at a time");
                assertThatIllegalStateException().isThrownBy(() -> context.sample(other));
                assertThatIllegalStateException().isThrownBy(context::clear);
                assertThatIllegalStateException().isThrownBy(sampler::reset);
            } finally {
                tried.countDown();
            }
            assertThat(first.get()).isNotNegative();
        }
    }

    @Test
    void misuse13TokensOfAnotherTokenizer() {
        int size = model.tokenizer().size();
        for (int foreign : new int[] {size, 151_643, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> context.decode(foreign))
                    .withMessageContaining(Integer.toString(foreign));
            assertThatIllegalArgumentException().isThrownBy(() -> context.decode(new int[] {5, foreign}));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.tokenizer().piece(foreign));
        }
        try (Model other = Model.open(TestModels.tinyLlava());
                Sampler sampler = Sampler.create(other, SamplingOptions.greedy())) {
            assertThatIllegalArgumentException().isThrownBy(() -> context.sample(sampler));
        }
        assertThat(context.tokens()).isEqualTo(3);
    }
}
