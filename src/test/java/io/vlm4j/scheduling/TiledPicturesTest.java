package io.vlm4j.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.attention.AnswerAttention;
import io.vlm4j.attention.AttendedAnswer;
import io.vlm4j.attention.AttentionRecipe;
import io.vlm4j.chat.Chat;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.ChatReply;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A picture in tiles is one picture for everything above the projector.
@Tag("native")
@Tag("model")
class TiledPicturesTest {
    @TempDir
    private Path folder;

    private static final ContextOptions EXACT =
            ContextOptions.builder().cacheType(CacheType.F32).batchSize(64).build();
    private static final GenerationOptions SHORT = GenerationOptions.builder()
            .sampling(SamplingOptions.greedy())
            .maxTokens(8)
            .build();

    private static ImageInput picture(String name) {
        return ImageInput.of(Golden.resource("processing/" + name + ".png"));
    }

    private static Prompt about(String picture, String question) {
        return Prompt.parse("USER: <image>\n" + question + " ASSISTANT:", picture(picture));
    }

    private static Projector projector(Model model, EmbeddingCache cache) {
        return model.openProjector(
                TestModels.tinyLlavaNextProjector(),
                ProjectorOptions.builder().cache(cache).build());
    }

    @Test
    void aPictureIsEncodedOnceAndItsCellsAreUsedAgain() {
        try (Model model = Model.open(TestModels.tinyLlavaNext());
                EmbeddingCache cache = EmbeddingCache.ofMemory(1 << 20);
                Projector projector = projector(model, cache);
                InferenceContext context = InferenceContext.create(model, EXACT)) {
            Generator generator = new Generator(context, projector);

            Generation first = generator.generate(about("100x70", "what is shown"), SHORT);
            Generation second = generator.generate(about("100x70", "is it red"), SHORT);
            context.clear();
            Generation third = generator.generate(about("100x70", "what is shown"), SHORT);
            projector.encode(picture("100x70")).close();

            assertThat(second.usage().reusedTokens()).isGreaterThan(70);
            assertThat(third.tokens()).isEqualTo(first.tokens());
            assertThat(cache.statistics().misses()).isEqualTo(1);
            assertThat(cache.statistics().hits()).isEqualTo(2);
        }
    }

    @Test
    void manyAtATimeGiveWhatEachGivesAlone() throws Exception {
        List<Prompt> prompts = List.of(
                about("100x70", "what is shown"),
                about("150x40", "what is shown"),
                about("100x70", "is it red"),
                about("40x30", "what is shown"));
        try (Model model = Model.open(TestModels.tinyLlavaNext());
                EmbeddingCache cache = EmbeddingCache.ofMemory(1 << 20);
                Projector projector = projector(model, cache)) {
            List<List<Integer>> alone = new ArrayList<>();
            try (InferenceContext context = InferenceContext.create(model, EXACT);
                    Projector other = projector(model, EmbeddingCache.none())) {
                for (Prompt prompt : prompts) {
                    context.clear();
                    alone.add(new Generator(context, other)
                            .generate(prompt, SHORT)
                            .tokens());
                }
            }
            List<List<Integer>> together = new ArrayList<>();
            try (Scheduler scheduler = Scheduler.start(
                    model,
                    projector,
                    SchedulerOptions.builder().slots(2).context(EXACT).build())) {
                List<ScheduledGeneration> running = prompts.stream()
                        .map(prompt -> scheduler.submit(GenerationRequest.of(prompt, SHORT)))
                        .toList();
                for (ScheduledGeneration generation : running) {
                    together.add(generation.future().get().tokens());
                }
            }

            assertThat(together).isEqualTo(alone);
            assertThat(cache.statistics().misses()).isEqualTo(3);
        }
    }

    @Test
    void aConversationGoesOnFromItsFileWithoutLookingAgain() {
        ChatOptions options = ChatOptions.builder().generation(SHORT).build();
        Path file = folder.resolve("picture.chat");
        String expected;
        try (Vlm vlm = Vlm.open(TestModels.tinyLlavaNext(), TestModels.tinyLlavaNextProjector())) {
            assertThat(vlm.ask(picture("150x40"), "what is shown", SHORT)
                            .usage()
                            .imageTokens())
                    .isEqualTo(68);
            Chat chat = vlm.chat(options);
            chat.say("what is shown", picture("100x70"));
            chat.save(file);
            expected = chat.say("is it red").text();
        }
        try (Vlm vlm = Vlm.open(TestModels.tinyLlavaNext(), TestModels.tinyLlavaNextProjector())) {
            Chat chat = vlm.loadChat(file, options);

            ChatReply reply = chat.say("is it red");

            assertThat(reply.text()).isEqualTo(expected);
            assertThat(reply.generation().usage().reusedTokens()).isGreaterThan(70);
            assertThat(vlm.projector().orElseThrow().cache().statistics().misses())
                    .isZero();
        }
    }

    @Test
    void heatMapsHaveTheGridOfTheTiles() {
        try (Model model = Model.open(TestModels.tinyLlavaNext());
                Projector projector = projector(model, EmbeddingCache.none());
                AnswerAttention attention = AnswerAttention.open(projector, ChatTemplate.of(model), EXACT)) {
            AttendedAnswer answer = attention.ask(
                    picture("150x40"), "what is shown", SHORT, AttentionRecipe.LATE_LAYERS, new Cancellation());

            assertThat(answer.words()).isNotEmpty().allSatisfy(word -> {
                assertThat(word.map().columns()).isEqualTo(12);
                assertThat(word.map().rows()).isEqualTo(4);
                assertThat(word.map().mass(0, 0, 1, 1)).isBetween(0.999, 1.001);
            });
        }
    }
}
