package io.vlm4j.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.vlm4j.chat.Chat;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import io.vlm4j.vlm.VlmOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The cache below real projectors.
@Tag("native")
@Tag("model")
class EmbeddingCacheTest {
    private static final String WHAT = "What is shown in this image?";
    private static final ImageInput APPLE = ImageInput.of(TestModels.sample("06-red_apple.png"));
    private static final ImageInput TOMATO = ImageInput.of(TestModels.sample("09-tomato.png"));

    /// 64 rows of 256 floats.
    private static final int ENTRY = 64 * 256 * 4;

    private static Model model;
    private static float[] appleRows; // as encoded without a cache

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.bundled());
        try (Projector projector = projector(EmbeddingCache.none())) {
            appleRows = rows(projector, APPLE);
            assertThat(rows(projector, APPLE)).isEqualTo(appleRows); // the encoder repeats itself bit by bit
        }
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static Projector projector(EmbeddingCache cache) {
        return projector(TestModels.bundledProjector(), cache);
    }

    private static Projector projector(Path file, EmbeddingCache cache) {
        return model.openProjector(file, ProjectorOptions.builder().cache(cache).build());
    }

    private static Vlm vlm(EmbeddingCache cache) {
        return Vlm.open(
                TestModels.bundled(),
                TestModels.bundledProjector(),
                VlmOptions.defaults()
                        .withProjector(ProjectorOptions.builder().cache(cache).build()));
    }

    private static float[] rows(Projector projector, ImageInput image) {
        try (Tensor rows = projector.encode(image)) {
            return rows.toFloatArray();
        }
    }

    private EmbeddingCacheOptions onDisk() {
        return EmbeddingCacheOptions.defaults().withDirectory(folder.resolve("cache"));
    }

    private List<Path> files(String suffix) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
            return files.filter(file -> file.toString().endsWith(suffix)).toList();
        }
    }

    @Test
    void theSecondQuestionAboutAPictureEncodesNothing() {
        try (EmbeddingCache cache = EmbeddingCache.ofMemory(1 << 20);
                EmbeddingCache none = EmbeddingCache.none();
                Vlm seeing = vlm(cache);
                Vlm forgetful = vlm(none)) {
            Generation first = seeing.ask(APPLE, WHAT);
            assertThat(cache.statistics().misses()).isEqualTo(1);
            assertThat(first.usage().cachedImageTokens()).isZero();
            for (String question : List.of(WHAT, "What color is the background?", "Is there a dog?")) {
                seeing.context().clear(); // whose memory of the picture shall not save asking the cache
                forgetful.context().clear();
                Generation again = seeing.ask(APPLE, question);
                Generation afresh = forgetful.ask(APPLE, question);
                assertThat(again.text()).isEqualTo(afresh.text());
                assertThat(again.tokens()).isEqualTo(afresh.tokens());
                assertThat(again.usage().cachedImageTokens())
                        .isEqualTo(again.usage().imageTokens())
                        .isEqualTo(64);
                assertThat(afresh.usage().cachedImageTokens()).isZero();
            }
            assertThat(first.text()).isEqualTo("a red apple");
            assertThat(cache.statistics()).isEqualTo(new EmbeddingCache.Statistics(3, 0, 1, 0, 0, 1, ENTRY));
        }
    }

    @Test
    void everyWayToTheProjectorLeadsThroughIt() {
        List<Boolean> cached = new ArrayList<>();
        try (EmbeddingCache cache = EmbeddingCache.ofMemory(1 << 20);
                Vlm vlm = vlm(cache)) {
            Projector projector = vlm.projector().orElseThrow();
            assertThat(projector.cache()).isSameAs(cache);
            assertThat(rows(projector, APPLE)).isEqualTo(appleRows);
            assertThat(rows(projector, APPLE)).isEqualTo(appleRows);

            vlm.ask(
                    List.of(ChatMessage.user(WHAT, APPLE)),
                    Vlm.options().build(),
                    event -> {
                        if (event instanceof GenerationEvent.MediaEncoded encoded) {
                            cached.add(encoded.cached());
                        }
                    },
                    new Cancellation());
            vlm.context().clear(); // whose memory of the picture shall not save asking the cache
            try (GenerationStream stream = vlm.stream(APPLE, WHAT)) {
                stream.texts().forEach(text -> {});
            }
            Chat chat = vlm.chat(ChatOptions.defaults());
            vlm.context().clear();
            chat.say(WHAT, APPLE);
            try (TokenizedPrompt prompt =
                    TokenizedPrompt.of(Prompt.parse("<image> a", APPLE), vlm.model(), projector)) {
                vlm.context().clear();
                vlm.context().decode(prompt, projector, new EvaluationListener() {
                    @Override
                    public void onMediaEncoded(int index, int tokens, Duration time, boolean known) {
                        cached.add(known);
                    }
                });
            }
            assertThat(cached).containsExactly(true, true);
            assertThat(cache.statistics()).isEqualTo(new EmbeddingCache.Statistics(5, 0, 1, 0, 0, 1, ENTRY));
        }
    }

    @Test
    void equalPixelsAreTheSamePictureWhateverTheirFileIs() throws IOException {
        Path copy = Files.copy(TestModels.sample("06-red_apple.png"), folder.resolve("another name.png"));
        try (EmbeddingCache cache = EmbeddingCache.ofMemory(1 << 20);
                Projector projector = projector(cache)) {
            rows(projector, APPLE);
            rows(projector, ImageInput.of(Files.readAllBytes(copy)));
            assertThat(cache.statistics().hits()).isEqualTo(1);
            rows(projector, TOMATO);
            assertThat(cache.statistics().misses()).isEqualTo(2);
        }
    }

    @Test
    void contextsOfOneProjectorShareIt() {
        try (Projector projector = model.openProjector(TestModels.bundledProjector())) {
            for (int i = 0; i < 2; i++) {
                try (InferenceContext context = InferenceContext.create(
                                model,
                                ContextOptions.builder().contextLength(256).build());
                        TokenizedPrompt prompt =
                                TokenizedPrompt.of(Prompt.parse("<image> a", APPLE), model, projector)) {
                    context.decode(prompt, projector, EvaluationListener.NONE);
                }
            }
            assertThat(projector.cache().statistics().misses()).isEqualTo(1);
        }
    }

    @Test
    void threadsAtOnceEncodeAPictureOnce() throws Exception {
        try (EmbeddingCache cache = EmbeddingCache.ofMemory(1 << 20);
                Projector projector = projector(cache);
                ExecutorService pool = Executors.newFixedThreadPool(4)) {
            Callable<float[]> encoding = () -> rows(projector, APPLE);
            for (Future<float[]> rows : pool.invokeAll(Collections.nCopies(4, encoding))) {
                assertThat(rows.get()).isEqualTo(appleRows);
            }
            assertThat(cache.statistics().misses()).isEqualTo(1);
            assertThat(cache.statistics().hits()).isEqualTo(3);
        }
    }

    @Test
    void afterARestartNothingIsEncoded() throws IOException {
        try (EmbeddingCache cache = EmbeddingCache.create(onDisk());
                Projector projector = projector(cache)) {
            assertThat(rows(projector, APPLE)).isEqualTo(appleRows);
            assertThat(cache.statistics().misses()).isEqualTo(1);
        }
        try (EmbeddingCache cache = EmbeddingCache.create(onDisk());
                Projector projector = projector(cache)) {
            assertThat(rows(projector, APPLE)).isEqualTo(appleRows);
            assertThat(rows(projector, APPLE)).isEqualTo(appleRows);
            assertThat(cache.statistics()).isEqualTo(new EmbeddingCache.Statistics(1, 1, 0, 0, 0, 1, ENTRY));
        }
        assertThat(files(".embedding")).hasSize(1);
        assertThat(files(".tmp")).isEmpty();
    }

    @Test
    void damagedFilesAreEncodedAgain() throws IOException {
        try (EmbeddingCache cache = EmbeddingCache.create(onDisk().withMemoryBytes(0));
                Projector projector = projector(cache)) {
            rows(projector, APPLE);
            Path file = files(".embedding").getFirst();
            byte[] whole = Files.readAllBytes(file);
            byte[] damaged = whole.clone();
            damaged[damaged.length / 2] ^= 1;
            for (byte[] content : List.of(damaged, new byte[0], "a letter to mother".getBytes(UTF_8))) {
                Files.write(file, content);
                assertThat(rows(projector, APPLE)).isEqualTo(appleRows);
                assertThat(file).hasBinaryContent(whole);
            }
            assertThat(cache.statistics().misses()).isEqualTo(4);
            assertThat(cache.statistics().diskFailures()).isZero();
        }
    }

    @Test
    void aFolderThatFailsCostsNoAnswer() throws IOException {
        try (EmbeddingCache cache = EmbeddingCache.create(onDisk().withMemoryBytes(0));
                Projector projector = projector(cache)) {
            Files.delete(folder.resolve("cache"));
            assertThat(rows(projector, APPLE)).isEqualTo(appleRows);
            assertThat(cache.statistics().diskFailures()).isPositive();
        }
    }

    @Test
    @Tag("reference")
    void anotherProjectorNeverGetsTheFirstOnesEncodings() {
        Path half = TestModels.reference("models/pico/mmproj-pico-llava-f16.gguf");
        Path single = TestModels.reference("models/pico/mmproj-pico-llava-f32.gguf");
        try (EmbeddingCache cache = EmbeddingCache.create(onDisk());
                Projector f16 = projector(half, cache);
                Projector f32 = projector(single, cache)) {
            float[] first = rows(f16, APPLE);
            float[] second = rows(f32, APPLE);
            assertThat(second).isNotEqualTo(first);
            assertThat(cache.statistics().misses()).isEqualTo(2);
            assertThat(rows(f16, APPLE)).isEqualTo(first);
            assertThat(rows(f32, APPLE)).isEqualTo(second);
        }
        try (EmbeddingCache cache = EmbeddingCache.create(onDisk());
                Projector f32 = projector(single, cache);
                Projector bundled = projector(cache)) { // the f16 one under another name
            assertThat(rows(f32, APPLE)).isNotEqualTo(appleRows);
            assertThat(rows(bundled, APPLE)).isEqualTo(appleRows);
            assertThat(cache.statistics().diskHits()).isEqualTo(2);
            assertThat(cache.statistics().misses()).isZero();
        }
    }

    @Test
    @Tag("reference")
    void aFileThatWasReplacedIsAnotherProjector() throws IOException {
        Path file = Files.copy(TestModels.bundledProjector(), folder.resolve("mmproj.gguf"));
        try (EmbeddingCache cache = EmbeddingCache.create(onDisk());
                Projector before = projector(file, cache)) {
            Files.copy(
                    TestModels.reference("models/pico/mmproj-pico-llava-f32.gguf"),
                    file,
                    StandardCopyOption.REPLACE_EXISTING);
            assertThat(rows(before, APPLE)).isEqualTo(appleRows); // what was loaded
            assertThat(files(".embedding")).isEmpty(); // nobody can say any more what file that was
            assertThat(cache.statistics().diskFailures()).isPositive();
            try (Projector after = projector(file, cache)) {
                assertThat(rows(after, APPLE)).isNotEqualTo(appleRows);
            }
            assertThat(rows(before, APPLE)).isEqualTo(appleRows);
            assertThat(cache.statistics().misses()).isEqualTo(2);
        }
    }

    @Test
    void otherLimitsOfImageTokensAreOtherEncodings() {
        try (EmbeddingCache cache = EmbeddingCache.ofMemory(1 << 20);
                Projector projector = projector(cache);
                Projector limited = model.openProjector(
                        TestModels.bundledProjector(),
                        ProjectorOptions.builder()
                                .cache(cache)
                                .maxImageTokens(64)
                                .build());
                Projector equal = projector(cache)) {
            rows(projector, APPLE);
            rows(limited, APPLE);
            assertThat(cache.statistics().misses()).isEqualTo(2);
            rows(equal, APPLE); // of the same file with the same settings
            assertThat(cache.statistics().hits()).isEqualTo(1);
        }
    }

    /// A projector that cuts large pictures into tiles, as LLaVA-NeXT does.
    private Path tiling() {
        Path file = folder.resolve("mmproj-tiling.gguf");
        try (GgufFile bundled = GgufFile.open(TestModels.bundledProjector())) {
            long twice = 2 * bundled.integer("clip.vision.image_size").orElseThrow();
            GgufWriter.copyOf(bundled)
                    .put("clip.vision.image_grid_pinpoints", GgufValue.integers(GgufType.I32, twice, twice))
                    .write(file);
        }
        return file;
    }

    @Test
    void everyTileOfAPictureIsAnEntryWhateverAsksForIt() {
        Path file = tiling();
        try (EmbeddingCache cache = EmbeddingCache.ofMemory(1 << 20);
                Projector projector = projector(file, cache);
                Projector forgetful = projector(file, EmbeddingCache.none());
                InferenceContext context = InferenceContext.create(model)) {
            float[] expected = rows(forgetful, APPLE);
            assertThat(expected).hasSize(5 * 64 * 256); // four tiles and the whole
            try (TokenizedPrompt prompt = TokenizedPrompt.of(Prompt.parse("<image> a", APPLE), model, projector)) {
                context.decode(prompt, projector, EvaluationListener.NONE);
            }
            assertThat(cache.statistics()).isEqualTo(new EmbeddingCache.Statistics(0, 0, 5, 0, 0, 5, 5 * ENTRY));
            assertThat(rows(projector, APPLE)).isEqualTo(expected);
            assertThat(cache.statistics().hits()).isEqualTo(5);
        }
    }

    @Test
    void memoryIsBounded() {
        try (EmbeddingCache cache = EmbeddingCache.ofMemory(ENTRY);
                Projector projector = projector(cache)) {
            rows(projector, APPLE);
            rows(projector, TOMATO);
            assertThat(cache.statistics()).isEqualTo(new EmbeddingCache.Statistics(0, 0, 2, 1, 0, 1, ENTRY));
        }
    }

    @Test
    void aCacheOutlivesItsProjectorsUnlessItIsTheirOwn() {
        try (EmbeddingCache cache = EmbeddingCache.ofMemory(1 << 20)) {
            Projector first = projector(cache);
            rows(first, APPLE);
            first.close();
            assertThatIllegalStateException().isThrownBy(() -> first.encode(APPLE));
            try (Projector second = projector(cache)) {
                assertThat(rows(second, APPLE)).isEqualTo(appleRows);
            }
            assertThat(cache.statistics().hits()).isEqualTo(1);
        }
        Projector lone = model.openProjector(TestModels.bundledProjector());
        try (Tensor rows = lone.encode(APPLE)) {
            assertThat(lone.cache().statistics().bytes()).isEqualTo(ENTRY);
            lone.close();
            assertThat(lone.cache().statistics().bytes()).isZero();
            assertThat(rows.toFloatArray()).isEqualTo(appleRows);
        }
    }

    @Test
    void aProjectorWhoseCacheIsClosedSaysSo() {
        EmbeddingCache cache = EmbeddingCache.ofMemory(1 << 20);
        try (Projector projector = projector(cache)) {
            rows(projector, APPLE);
            cache.close();
            assertThatIllegalStateException()
                    .isThrownBy(() -> projector.encode(APPLE))
                    .withMessageContaining("cache is closed");
        }
    }

    @Test
    void optionsAreChecked() throws IOException {
        EmbeddingCacheOptions defaults = EmbeddingCacheOptions.defaults();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> defaults.withMemoryBytes(-1))
                .withMessageContaining("-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> defaults.withDirectory(folder, 0))
                .withMessageContaining("0");
        Path file = Files.createFile(folder.resolve("file"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EmbeddingCache.create(defaults.withDirectory(file)))
                .withMessageContaining(file.toString());
    }

    @Test
    void optionsOfAProjectorKeepTheirCacheWhenTheyAreChanged() {
        EmbeddingCache none = EmbeddingCache.none();
        VlmOptions options = VlmOptions.defaults()
                .withProjector(ProjectorOptions.builder().cache(none).build())
                .withThreads(1);

        assertThat(options.projector().cache()).containsSame(none);
        assertThat(options.projector().threads()).isEqualTo(1);
        assertThat(options.projector().toBuilder().build()).isEqualTo(options.projector());
    }
}
