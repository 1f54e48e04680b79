package io.vlm4j.vlm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.ImageLimits;
import io.vlm4j.model.Model;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.Sampler;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What people really get wrong: each is a typed exception with a clear message, and everything else goes on
/// working.
@Tag("native")
@Tag("model")
class BadInputTest {
    private static Vlm vlm;

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() {
        vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector());
    }

    @AfterAll
    static void close() {
        vlm.close();
    }

    @AfterEach
    void theSameModelStillAnswers() {
        assertThat(vlm.ask(apple(), "What is shown in this image?").text()).isEqualTo("a red apple");
    }

    private static ImageInput apple() {
        return ImageInput.of(TestModels.sample("06-red_apple.png"));
    }

    private Path file(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    @Test
    void missingModel() {
        assertThatExceptionOfType(Vlm4jException.InvalidFile.class)
                .isThrownBy(() -> Model.open(Path.of("no/such/model.gguf")))
                .withMessageContaining("no/such/model.gguf");
    }

    @Test
    void truncatedModel() throws IOException {
        byte[] whole = Files.readAllBytes(TestModels.bundled());
        Path cut = file("cut.gguf", Arrays.copyOf(whole, whole.length / 2));
        assertThatExceptionOfType(Vlm4jException.InvalidFile.class)
                .isThrownBy(() -> Model.open(cut))
                .withMessageContaining("cut.gguf");
    }

    @Test
    void textFileAsModel() throws IOException {
        Path text = file("notes.gguf", "these are only my notes".getBytes());
        assertThatExceptionOfType(Vlm4jException.InvalidFile.class)
                .isThrownBy(() -> Model.open(text))
                .withMessageContaining("notes.gguf");
    }

    @Test
    void unsupportedArchitecture() {
        Path strange = folder.resolve("strange.gguf");
        try (GgufFile file = GgufFile.open(TestModels.tinyLlava())) {
            GgufWriter.copyOf(file).put("general.architecture", "abacus").write(strange);
        }
        assertThatExceptionOfType(Vlm4jException.ModelLoad.class)
                .isThrownBy(() -> Model.open(strange))
                .withMessageContaining("strange.gguf")
                .withMessageContaining("abacus");
    }

    @Test
    void projectorAsModelAndModelAsProjector() {
        assertThatExceptionOfType(Vlm4jException.ModelLoad.class)
                .isThrownBy(() -> Model.open(TestModels.bundledProjector()))
                .withMessageContaining("projector");
        assertThatExceptionOfType(Vlm4jException.ModelLoad.class)
                .isThrownBy(() -> Vlm.open(TestModels.bundled(), TestModels.bundled()))
                .withMessageContaining("mmproj");
    }

    @Test
    void projectorOfAnotherModel() {
        assertThatExceptionOfType(Vlm4jException.ModelLoad.class)
                .isThrownBy(() -> Vlm.open(TestModels.bundled(), TestModels.tinyLlavaProjector()))
                .withMessageContaining("llava-mmproj.gguf")
                .withMessageContaining("256")
                .withMessageContaining("64");
    }

    @Test
    void missingProjector() {
        assertThatExceptionOfType(Vlm4jException.InvalidFile.class)
                .isThrownBy(() -> Vlm.open(TestModels.bundled(), Path.of("no/mmproj.gguf")))
                .withMessageContaining("no/mmproj.gguf");
    }

    @Test
    void pictureForAModelWithoutProjector() {
        try (Vlm blind = Vlm.openText(TestModels.bundled(), VlmOptions.defaults())) {
            assertThatExceptionOfType(Vlm4jException.InvalidMedia.class)
                    .isThrownBy(() -> blind.ask(apple(), "What is shown in this image?"))
                    .withMessageContaining("mmproj");
        }
    }

    @Test
    void damagedPictures() throws IOException {
        byte[] png = Files.readAllBytes(TestModels.sample("06-red_apple.png"));
        byte[] flipped = png.clone();
        Arrays.fill(flipped, 200, 4000, (byte) 0x5a);
        byte[] huge = png.clone();
        huge[16] = 0x7f; // width in the IHDR chunk
        for (byte[] bad : List.of(new byte[0], "no picture".getBytes(), flipped, huge, Arrays.copyOf(png, 60))) {
            assertThatExceptionOfType(Vlm4jException.InvalidMedia.class)
                    .isThrownBy(() -> vlm.ask(ImageInput.of(bad), "What is shown in this image?"));
        }
        assertThatExceptionOfType(Vlm4jException.InvalidMedia.class)
                .isThrownBy(() -> vlm.ask(ImageInput.of(Path.of("no/cat.png")), "What is shown in this image?"))
                .withMessageContaining("no/cat.png");
    }

    @Test
    void pictureOverItsLimit() {
        ImageLimits small = ImageLimits.defaults().withMaxPixels(1000);
        assertThatExceptionOfType(Vlm4jException.InvalidMedia.class)
                .isThrownBy(() -> vlm.ask(apple().withLimits(small), "What is shown in this image?"))
                .withMessageContaining("1000");
    }

    @Test
    void malformedGrammar() {
        GenerationOptions options = Vlm.options()
                .sampling(SamplingOptions.builder()
                        .grammar(Grammar.of("root ::= \"a\" | unknown-rule ("))
                        .build())
                .build();
        assertThatExceptionOfType(Vlm4jException.InvalidGrammar.class)
                .isThrownBy(() -> vlm.ask(List.of(ChatMessage.user("Hello")), options));
        assertThatExceptionOfType(Vlm4jException.InvalidGrammar.class)
                .isThrownBy(() -> Grammar.ofJsonSchema("{\"type\": 5"));
    }

    @Test
    void malformedTemplate() {
        assertThatExceptionOfType(Vlm4jException.InvalidTemplate.class)
                .isThrownBy(() -> ChatTemplate.of(vlm.model(), "{% for message in messages %}"));
    }

    @Test
    void emptyPrompts() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Prompt.builder().build())
                .withMessageContaining("empty");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> vlm.ask(List.of(), Vlm.options().build()));
    }

    @Test
    void moreMarkersThanPictures() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Prompt.parse("<image> and <image>", apple()))
                .withMessageContaining("2 image markers")
                .withMessageContaining("1 images");
    }

    @Test
    void promptLongerThanTheContext() {
        String longText = "a red apple and ".repeat(1000);
        assertThatExceptionOfType(Vlm4jException.ContextFull.class)
                .isThrownBy(() -> vlm.ask(longText))
                .withMessageContaining("1024");
    }

    @Test
    void tokensOutsideTheVocabulary() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> vlm.context().decode(2048))
                .withMessageContaining("2048");
        assertThatIllegalArgumentException().isThrownBy(() -> vlm.context().decode(new int[] {5, -7}));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Sampler.create(
                        vlm.model(),
                        SamplingOptions.builder().logitBias(Map.of(9999, 1f)).build()));
    }

    @Test
    void samplingBeforeAnythingWasEvaluated() {
        try (InferenceContext context = InferenceContext.create(vlm.model());
                Sampler sampler = Sampler.create(vlm.model(), SamplingOptions.greedy())) {
            assertThatIllegalStateException().isThrownBy(() -> context.sample(sampler));
            assertThatIllegalStateException().isThrownBy(context::logits);
        }
    }

    @Test
    void partsOfAnotherModel() {
        try (Model other = Model.open(TestModels.tinyLlava());
                Projector foreign = other.openProjector(TestModels.tinyLlavaProjector());
                Sampler sampler = Sampler.create(other, SamplingOptions.greedy());
                TokenizedPrompt prompt = TokenizedPrompt.of(Prompt.parse("<image> a", apple()), other, foreign)) {
            Projector own = vlm.projector().orElseThrow();
            vlm.context().clear();
            vlm.context().decode(5);
            assertThatIllegalArgumentException().isThrownBy(() -> vlm.context().sample(sampler));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> vlm.context().decode(prompt, own, EvaluationListener.NONE));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> TokenizedPrompt.of(Prompt.parse("<image> a", apple()), vlm.model(), foreign));
        }
    }

    @Test
    void useAfterClose() {
        Vlm closed = Vlm.open(TestModels.bundled(), TestModels.bundledProjector());
        Projector projector = closed.projector().orElseThrow();
        Sampler sampler = Sampler.create(closed.model(), SamplingOptions.greedy());
        closed.close();
        closed.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> closed.ask("Hello"))
                .withMessageContaining("pico-llava-q4_0.gguf' is closed");
        assertThatIllegalStateException().isThrownBy(() -> closed.context().decode(5));
        assertThatIllegalStateException().isThrownBy(() -> closed.context().clear());
        assertThatIllegalStateException().isThrownBy(() -> closed.context().interrupt());
        assertThatIllegalStateException().isThrownBy(() -> projector.encode(apple()));
        assertThatIllegalStateException()
                .isThrownBy(() -> closed.model().tokenizer().encode("a"));
        assertThatIllegalStateException().isThrownBy(() -> InferenceContext.create(closed.model()));
        assertThatIllegalStateException().isThrownBy(sampler::reset);
        sampler.close();
        projector.close();
    }

    @Test
    void contextOverAllMemory() {
        assertThatExceptionOfType(Vlm4jException.ModelLoad.class)
                .isThrownBy(() -> InferenceContext.create(
                        vlm.model(),
                        ContextOptions.builder().contextLength(2_000_000_000).build()));
    }

    @Test
    void cancelledAndFailingLoads() {
        ModelOptions cancelling =
                ModelOptions.builder().listener(fraction -> fraction < 0.3f).build();
        assertThatExceptionOfType(Vlm4jException.Cancelled.class)
                .isThrownBy(() -> Model.open(TestModels.bundled(), cancelling));
        ModelOptions failing = ModelOptions.builder()
                .listener(fraction -> {
                    throw new UnsupportedOperationException("from the listener");
                })
                .build();
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> Model.open(TestModels.bundled(), failing))
                .withMessage("from the listener");
    }

    @Test
    void twoThreadsOnOneContext() throws InterruptedException, ExecutionException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        CompletableFuture<String> first = CompletableFuture.supplyAsync(() -> vlm.ask(
                        List.of(ChatMessage.user("What is shown in this image?", apple())),
                        Vlm.options()
                                .sampling(SamplingOptions.builder()
                                        .custom(candidates -> {
                                            inside.countDown();
                                            await(done);
                                        })
                                        .build())
                                .build())
                .text());
        inside.await();
        assertThatIllegalStateException()
                .isThrownBy(() -> vlm.context().decode(5))
                .withMessageContaining("one thread at a time");
        assertThatIllegalStateException().isThrownBy(() -> vlm.context().close());
        done.countDown();
        assertThat(first.get()).isEqualTo("a red apple");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void rawPixelsOfTheWrongSize() {
        try (Arena arena = Arena.ofConfined()) {
            assertThatIllegalArgumentException().isThrownBy(() -> ImageInput.ofRgb(10, 10, arena.allocate(299)));
        }
    }
}
