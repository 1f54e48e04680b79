package io.vlm4j.isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.Conversation;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationListener;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.generation.Speculation;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.Reuse;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.model.ControlVector;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.RandomLora;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.VisionLanguageModel;
import io.vlm4j.vlm.Vlm;
import io.vlm4j.vlm.VlmOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a model in another process answers, compared with one in this process.
@Tag("native")
@Tag("model")
class IsolatedVlmTest {
    private static final String WHAT = "What is shown in this image?";
    private static final ImageInput APPLE = ImageInput.of(TestModels.sample("06-red_apple.png"));
    private static final ImageInput ANCHOR = ImageInput.of(TestModels.sample("03-anchor-pufferfish-rocket.png"));
    private static final GenerationOptions LONG =
            Vlm.options().maxTokens(2000).ignoreEnd(true).build();

    record Scene(List<String> objects, int count, String background) {}

    private static Vlm here;
    private static IsolatedVlm there;

    @BeforeAll
    static void open() {
        here = Vlm.open(TestModels.bundled(), TestModels.bundledProjector());
        there = IsolatedVlm.open(TestModels.bundled(), TestModels.bundledProjector());
    }

    @AfterAll
    static void close() {
        here.close();
        there.close();
    }

    @Test
    void answersWhatAModelInThisProcessAnswers() {
        for (VisionLanguageModel model : List.of(here, there)) {
            assertThat(model.ask(APPLE, WHAT).text()).isEqualTo("a red apple");
        }
        GenerationOptions options = Vlm.options()
                .sampling(SamplingOptions.builder()
                        .temperature(1.5f)
                        .seed(7)
                        .logitBias(Map.of(300, Float.NEGATIVE_INFINITY))
                        .build())
                .logProbabilities(3)
                .maxTokens(40)
                .ignoreEnd(true)
                .speculation(Speculation.NgramLookup.defaults())
                .build();
        Generation expected = here.ask(ANCHOR, WHAT, options);
        Generation answer = there.ask(ANCHOR, WHAT, options);

        assertThat(answer.tokens()).isEqualTo(expected.tokens()).hasSize(40);
        assertThat(answer.text()).isEqualTo(expected.text());
        assertThat(answer.probabilities()).isEqualTo(expected.probabilities());
        assertThat(answer.finishReason()).isEqualTo(FinishReason.MAX_TOKENS);
        assertThat(answer.usage().promptTokens()).isEqualTo(expected.usage().promptTokens());
        assertThat(answer.timings().decode()).isPositive();
    }

    @Test
    void theWorkerHasACacheOfPictures() {
        GenerationOptions options = Vlm.options().reuse(Reuse.NONE).build();
        there.ask(APPLE, WHAT, options);

        assertThat(there.ask(APPLE, WHAT, options).usage().cachedImageTokens()).isEqualTo(64);
    }

    @Test
    void tellsTheSameEvents() {
        GenerationOptions options =
                Vlm.options().logProbabilities(1).reuse(Reuse.NONE).build();
        List<ChatMessage> question = List.of(ChatMessage.user(WHAT, ANCHOR));
        List<GenerationEvent> expected = new ArrayList<>();
        List<GenerationEvent> told = new ArrayList<>();
        here.ask(question, options, expected::add, new Cancellation());
        there.ask(question, options, told::add, new Cancellation());

        assertThat(told).hasSameSizeAs(expected);
        assertThat(texts(told)).isEqualTo(texts(expected)).isNotEmpty();
        assertThat(told.stream().map(Object::getClass).toList())
                .isEqualTo(expected.stream().map(Object::getClass).toList());
    }

    private static List<GenerationEvent> texts(List<GenerationEvent> events) {
        return events.stream().filter(GenerationEvent.Text.class::isInstance).toList();
    }

    @Test
    void continuesPromptsWithPicturesOfRawPixels() {
        try (Pixels pixels = APPLE.decode()) {
            ImageInput raw = ImageInput.ofRgb(pixels.width(), pixels.height(), pixels.segment());
            Prompt prompt = Prompt.parse("USER: <image>\nWhat is shown in this image? ASSISTANT:", raw);
            GenerationOptions options =
                    GenerationOptions.builder().maxTokens(12).build();

            assertThat(there.complete(prompt, options).tokens())
                    .isEqualTo(here.complete(prompt, options).tokens());
        }
    }

    @Test
    void answersAsValues() {
        Scene scene =
                there.ask(APPLE, "Describe this image as JSON.", Scene.class).value();
        var colour = there.choose(APPLE, "What color is the background?", List.of("red", "white", "blue"));
        var word = there.match(APPLE, WHAT, "a red [a-z]+");

        assertThat(scene).isEqualTo(new Scene(List.of("red apple"), 1, "white"));
        assertThat(there.ask(APPLE, "Describe this image as JSON.", Scene.class).confidence())
                .isEqualTo(here.ask(APPLE, "Describe this image as JSON.", Scene.class)
                        .confidence());
        assertThat(colour.text()).isEqualTo("white");
        assertThat(colour.probability()).isGreaterThan(0.99);
        assertThat(word.text()).isEqualTo("a red apple");
    }

    @Test
    void conversationsGoOnBranchAndGoBack() {
        for (VisionLanguageModel model : List.of(here, there)) {
            Conversation chat = model.chat(ChatOptions.defaults());
            String first = chat.say(WHAT, APPLE).text();
            Conversation fork = chat.fork();
            String second = chat.say("What color is the background?").text();
            assertThat(first).isEqualTo("a red apple");
            assertThat(chat.transcript()).hasSize(4);
            assertThat(fork.say("What color is the background?").text()).isEqualTo(second);
            chat.rewind(2);
            chat.system("Answer in one word.");
            chat.add(ChatMessage.user("Hello"));
            chat.rewind(3);
            assertThat(chat.say("What color is the background?").text()).isNotEmpty();
            assertThat(chat.transcript()).hasSize(5);
            assertThat(fork.transcript()).hasSize(4);
        }
    }

    @Test
    void aSecondTurnIsToldOnlyWhatIsNew() {
        Conversation chat = there.chat(ChatOptions.defaults());
        chat.say(WHAT, APPLE);
        var reply = chat.say("What color is the background?");

        assertThat(reply.generation().usage().reusedTokens())
                .isGreaterThan(reply.generation().usage().imageTokens());
    }

    @Test
    void conversationsAreSavedAndLoadedInEitherProcess(@TempDir Path folder) {
        Conversation chat = there.chat(ChatOptions.defaults());
        chat.say(WHAT, APPLE);
        chat.save(folder.resolve("chat"));
        String expected = chat.fork().say("What color is the background?").text();

        for (VisionLanguageModel model : List.of(here, there)) {
            Conversation loaded = model.loadChat(folder.resolve("chat"), ChatOptions.defaults());
            assertThat(loaded.transcript()).hasSize(2);
            assertThat(loaded.say("What color is the background?").text()).isEqualTo(expected);
        }
    }

    @Test
    void moreConversationsThanTheWorkerKeepsGoOn() {
        List<Conversation> chats = new ArrayList<>();
        ChatOptions options = ChatOptions.builder()
                .generation(Vlm.options().maxTokens(2).build())
                .build();
        for (int i = 0; i < 40; i++) {
            Conversation chat = there.chat(options);
            chat.say("Hello " + i);
            chats.add(chat);
        }
        for (Conversation chat : chats) {
            chat.say("And?");
            assertThat(chat.transcript()).hasSize(4);
        }
    }

    @Test
    void aStreamIsNotWrittenFarAheadOfItsReader() throws InterruptedException {
        Cancellation cancellation = new Cancellation();
        try (GenerationStream stream = there.stream(List.of(ChatMessage.user(WHAT, APPLE)), LONG, cancellation)) {
            stream.next();
            TimeUnit.MILLISECONDS.sleep(300); // more than all that may be written ahead takes
            cancellation.cancel();
            GenerationEvent event = stream.next();
            while (stream.hasNext()) {
                event = stream.next();
            }
            assertThat(((GenerationEvent.Finished) event).generation().tokens()).hasSizeLessThan(150);
        }
        assertThat(there.ask(APPLE, WHAT).text()).isEqualTo("a red apple");
    }

    @Test
    void whatIsCancelledEndsSoonAndSaysSo() {
        Cancellation cancellation = new Cancellation();
        List<ChatMessage> question = List.of(ChatMessage.user(WHAT, APPLE));
        Generation cut = there.ask(
                question,
                LONG,
                event -> {
                    if (event instanceof GenerationEvent.Text) {
                        cancellation.cancel();
                    }
                },
                cancellation);
        Cancellation before = new Cancellation();
        before.cancel();

        assertThat(cut.finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(cut.tokens()).hasSizeLessThan(500);
        assertThat(there.ask(question, LONG, event -> {}, before).finishReason())
                .isEqualTo(FinishReason.CANCELLED);
        assertThat(there.processesStarted()).isEqualTo(1);
    }

    @Test
    void aStreamThatIsLeftIsOverWhenTheNextCallBegins() {
        GenerationStream left = there.stream(List.of(ChatMessage.user(WHAT, APPLE)), LONG);
        left.next();

        assertThat(there.ask(APPLE, WHAT).text()).isEqualTo("a red apple");
        assertThatThrownBy(left::next).isInstanceOf(IllegalStateException.class).hasMessageContaining("another call");
    }

    @Test
    void aListenerThatThrowsEndsTheCall() {
        assertThatThrownBy(() -> there.ask(
                        List.of(ChatMessage.user(WHAT, APPLE)),
                        LONG,
                        event -> {
                            throw new IllegalArgumentException("enough");
                        },
                        new Cancellation()))
                .hasMessage("enough");
        assertThat(there.ask(APPLE, WHAT).text()).isEqualTo("a red apple");
        assertThat(there.processesStarted()).isEqualTo(1);
    }

    @Test
    void aSecondThreadIsRefused() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        Cancellation cancellation = new Cancellation();
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<Generation> answer = threads.submit(() -> there.ask(
                    List.of(ChatMessage.user(WHAT, APPLE)),
                    GenerationOptions.builder().maxTokens(4000).ignoreEnd(true).build(),
                    GenerationListener.NONE,
                    started(busy, cancellation)));
            busy.await();
            boolean refused = false;
            for (int i = 0; i < 1000 && !refused; i++) {
                try {
                    there.ask(
                            List.of(ChatMessage.user("Hi")),
                            Vlm.options().maxTokens(1).build());
                } catch (IllegalStateException e) {
                    refused = e.getMessage().contains("in use by another thread");
                }
            }
            cancellation.cancel();
            assertThat(refused || answer.isDone()).isTrue();
        }
    }

    private static Cancellation started(CountDownLatch latch, Cancellation cancellation) {
        latch.countDown();
        return cancellation;
    }

    @Test
    void failuresAreWhatTheyAreInThisProcess(@TempDir Path folder) throws Exception {
        Path broken =
                Files.write(folder.resolve("broken.png"), new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 1});
        for (VisionLanguageModel model : List.of(here, there)) {
            assertThatThrownBy(() -> model.ask(ImageInput.of(broken), WHAT))
                    .isInstanceOf(Vlm4jException.InvalidMedia.class)
                    .hasMessageStartingWith(broken.toString());
            assertThatThrownBy(() -> model.ask(ImageInput.of(folder.resolve("none.png")), WHAT))
                    .isInstanceOf(Vlm4jException.InvalidMedia.class);
            assertThatThrownBy(() -> model.match(APPLE, WHAT, "(?=x)"))
                    .isInstanceOf(Vlm4jException.InvalidGrammar.class);
            assertThatThrownBy(() -> model.choose(APPLE, WHAT, List.of("a", "a")))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> model.ask("word ".repeat(20_000))).isInstanceOf(Vlm4jException.ContextFull.class);
            assertThatThrownBy(() -> model.loadChat(broken, ChatOptions.defaults()))
                    .isInstanceOf(Vlm4jException.InvalidFile.class);
            assertThat(model.ask(APPLE, WHAT).text()).isEqualTo("a red apple");
        }
        assertThat(there.processesStarted()).isEqualTo(1);
    }

    @Test
    void whatCannotCrossIsRefused() {
        SamplingOptions java =
                SamplingOptions.builder().custom(candidates -> {}).build();
        VlmOptions watchable = VlmOptions.defaults()
                .withContext(ContextOptions.builder().watchable(true).build());
        EmbeddingCache cache = EmbeddingCache.ofMemory(1000);
        VlmOptions cached = VlmOptions.defaults()
                .withProjector(ProjectorOptions.builder().cache(cache).build());

        assertThatThrownBy(() ->
                        there.ask(APPLE, WHAT, Vlm.options().sampling(java).build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("written in Java");
        for (VlmOptions options : List.of(watchable, cached)) {
            assertThatThrownBy(() -> IsolatedVlm.openText(TestModels.bundled(), options, IsolationOptions.defaults()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("process");
        }
        cache.close();
    }

    @Test
    void filesThatCannotBeLoadedAreRefusedAsInThisProcess() {
        assertThatThrownBy(() -> IsolatedVlm.open(Path.of("none.gguf"), TestModels.bundledProjector()))
                .isInstanceOf(Vlm4jException.InvalidFile.class)
                .hasMessageContaining("none.gguf");
    }

    @Test
    void loadingTellsItsProgressAndCanBeCancelled() {
        List<Float> told = new ArrayList<>();
        VlmOptions options = VlmOptions.defaults()
                .withModel(ModelOptions.builder().listener(told::add).build());
        IsolatedVlm.openText(TestModels.bundled(), options, IsolationOptions.defaults())
                .close();
        VlmOptions never = VlmOptions.defaults()
                .withModel(ModelOptions.builder().listener(fraction -> false).build());

        assertThat(told).isNotEmpty().isSorted().allMatch(fraction -> fraction >= 0 && fraction <= 1);
        assertThatThrownBy(() -> IsolatedVlm.openText(TestModels.bundled(), never, IsolationOptions.defaults()))
                .isInstanceOf(Vlm4jException.Cancelled.class);
    }

    @Test
    void adaptersAreThoseOfAModelInThisProcess(@TempDir Path folder) throws Exception {
        Path file = new RandomLora(4, 8, 1, 5).write(TestModels.bundled(), folder.resolve("a.gguf"));
        float[] direction = new float[here.model().embeddingSize()];
        for (int i = 0; i < direction.length; i++) {
            direction[i] = i % 3 - 1;
        }
        ControlVector vector = ControlVector.of(Map.of(2, direction));
        LoraAdapter adapter = here.openAdapter(file);
        List<ChatMessage> question = List.of(ChatMessage.user(WHAT, APPLE));
        GenerationOptions few = Vlm.options().maxTokens(8).build();
        String plain = here.ask(question, few).text();
        String tuned = here.ask(
                        question,
                        few.toBuilder()
                                .adapters(Adapters.none().with(adapter, 0.8f).with(vector))
                                .build())
                .text();
        assertThat(tuned).isNotEqualTo(plain);
        try (IsolatedVlm own = IsolatedVlm.open(TestModels.bundled(), TestModels.bundledProjector())) {
            Conversation chat = own.chat(ChatOptions.builder().generation(few).build());
            assertThat(chat.say(WHAT, APPLE).text()).isEqualTo(plain);
            chat.rewind(0);

            own.use(AdapterFiles.none().with(file, 0.8f).with(vector));
            assertThat(own.ask(question, few).text()).isEqualTo(tuned);
            assertThat(chat.say(WHAT, APPLE).text()).isEqualTo(tuned);
            Path broken = folder.resolve("broken.gguf");
            Files.write(broken, Arrays.copyOf(Files.readAllBytes(file), 3000));
            assertThatThrownBy(() -> own.use(AdapterFiles.none().with(file, 1).with(broken, 1)))
                    .isInstanceOf(Vlm4jException.InvalidFile.class)
                    .hasMessageContaining("broken.gguf");
            assertThatThrownBy(() -> own.use(AdapterFiles.none().with(ControlVector.of(Map.of(1, new float[3])))))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(own.ask(question, few).text()).isEqualTo(tuned);

            ProcessHandle worker =
                    ProcessHandle.of(own.processId().orElseThrow()).orElseThrow();
            worker.destroyForcibly();
            worker.onExit().join();
            assertThat(own.ask(question, few).text()).isEqualTo(tuned);
            own.use(AdapterFiles.none());
            assertThat(own.ask(question, few).text()).isEqualTo(plain);
            assertThat(own.processesStarted()).isEqualTo(2);
        }
    }
}
