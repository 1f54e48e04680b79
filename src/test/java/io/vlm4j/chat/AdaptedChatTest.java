package io.vlm4j.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.Reuse;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.ControlVector;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.testkit.RandomLora;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Conversations with different adapters over one context.
@Tag("native")
@Tag("model")
class AdaptedChatTest {
    private static final List<String> QUESTIONS =
            List.of("What is shown in this image?", "What color is the background?", "Is there a dog?");

    @TempDir
    private static Path folder;

    private static Vlm vlm;
    private static LoraAdapter adapter;

    @BeforeAll
    static void open() {
        vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector());
        adapter = vlm.openAdapter(new RandomLora(4, 8, 0.7, 5).write(TestModels.bundled(), folder.resolve("a.gguf")));
    }

    @AfterAll
    static void close() {
        vlm.close();
    }

    private static ChatOptions options(Adapters adapters) {
        return ChatOptions.builder()
                .adapters(adapters)
                .generation(GenerationOptions.builder().maxTokens(16).build())
                .build();
    }

    private static String ask(Chat chat, int turn) {
        ImageInput[] pictures =
                turn == 0 ? new ImageInput[] {ImageInput.of(TestModels.sample("06-red_apple.png"))} : new ImageInput[0];
        return chat.say(QUESTIONS.get(turn), pictures).text();
    }

    /// Every turn is evaluated as a whole, as it is when the context was switched: the words of a model with random
    /// adapters hang by the last bit.
    private static List<String> alone(Adapters adapters) {
        GenerationOptions whole =
                options(adapters).generation().toBuilder().reuse(Reuse.NONE).build();
        Chat chat = vlm.chat(options(adapters).toBuilder().generation(whole).build());
        return List.of(ask(chat, 0), ask(chat, 1), ask(chat, 2));
    }

    @Test
    void eachConversationKeepsItsAdaptersWhileTheyTakeTurns() {
        Adapters strong = Adapters.of(adapter);
        Adapters weak = Adapters.none().with(adapter, -0.5f);
        List<String> plainAlone = alone(Adapters.none());
        List<String> strongAlone = alone(strong);
        List<String> weakAlone = alone(weak);
        assertThat(plainAlone).isNotEqualTo(strongAlone).isNotEqualTo(weakAlone);

        Chat plain = vlm.chat(options(Adapters.none()));
        Chat first = vlm.chat(options(strong));
        Chat second = vlm.chat(options(weak));
        for (int turn = 0; turn < QUESTIONS.size(); turn++) {
            assertThat(ask(first, turn)).isEqualTo(strongAlone.get(turn));
            assertThat(ask(plain, turn)).isEqualTo(plainAlone.get(turn));
            assertThat(ask(second, turn)).isEqualTo(weakAlone.get(turn));
        }
    }

    @Test
    void aCheckpointComesBackWithItsAdapters() {
        Adapters strong = Adapters.of(adapter);
        Chat chat = vlm.chat(options(strong));
        ask(chat, 0);
        try (ChatCheckpoint checkpoint = chat.checkpoint()) {
            String before = ask(chat, 1);
            ask(vlm.chat(options(Adapters.none())), 0);
            chat.rewind(checkpoint);
            ChatReply after = chat.say(QUESTIONS.get(1));

            assertThat(after.text()).isEqualTo(before);
            assertThat(after.generation().usage().reusedTokens()).isPositive();
        }
    }

    @Test
    void aSavedConversationIsReusedWithTheSameAdaptersAndEvaluatedAgainWithOthers() {
        Adapters adapters = Adapters.none().with(adapter, 0.9f).with(vector(0.5f));
        Path file = folder.resolve("saved.chat");
        Chat chat = vlm.chat(options(adapters));
        ask(chat, 0);
        chat.save(file);
        String before = ask(chat, 1);
        vlm.context().use(Adapters.none());

        ChatReply same = vlm.loadChat(file, options(adapters)).say(QUESTIONS.get(1));
        assertThat(same.text()).isEqualTo(before);
        assertThat(same.generation().usage().reusedTokens()).isPositive();

        for (Adapters other : List.of(
                Adapters.none(),
                Adapters.none().with(adapter, 0.8f).with(vector(0.5f)),
                Adapters.none().with(adapter, 0.9f).with(vector(0.6f)))) {
            Chat loaded = vlm.loadChat(file, options(other));
            ChatReply again = loaded.say(QUESTIONS.get(1));
            Chat fresh = vlm.chat(
                    options(other),
                    loaded.transcript().subList(0, loaded.transcript().size() - 2));
            vlm.context().clear();

            assertThat(again.generation().usage().reusedTokens()).isZero();
            assertThat(again.text()).isEqualTo(fresh.say(QUESTIONS.get(1)).text());
        }
    }

    private static ControlVector vector(float number) {
        float[] direction = new float[vlm.model().embeddingSize()];
        direction[3] = number;
        return ControlVector.of(Map.of(2, direction));
    }

    @Test
    void theAdaptersOfAConversationWinOverThoseOfItsGenerations() {
        Adapters adapters = Adapters.of(adapter);

        assertThat(options(adapters).adapters()).isEqualTo(adapters);
        assertThat(options(adapters).toBuilder().build().adapters()).isEqualTo(adapters);
        assertThat(options(adapters).toBuilder()
                        .adapters(Adapters.none())
                        .build()
                        .adapters())
                .isEqualTo(Adapters.none());
        assertThat(ChatOptions.builder()
                        .generation(
                                GenerationOptions.builder().adapters(adapters).build())
                        .build()
                        .adapters())
                .isEqualTo(adapters);
    }

    @Test
    void anAnswerThatIsReadHalfwayEndsWhenTheContextGetsOtherAdapters() {
        try (ChatStream stream = vlm.chat(options(Adapters.of(adapter))).stream("Is there a dog?")) {
            stream.next();
            vlm.context().use(Adapters.none());

            assertThatIllegalStateException().isThrownBy(() -> stream.forEachRemaining(event -> {}));
        }
    }

    @Test
    void aConversationWhoseAdapterIsClosedIsRefusedAndOthersGoOn() {
        LoraAdapter brief =
                vlm.openAdapter(new RandomLora(2, 8, 0.7, 6).write(TestModels.bundled(), folder.resolve("b.gguf")));
        Chat adapted = vlm.chat(options(Adapters.of(brief)));
        ask(adapted, 2);
        brief.close();

        assertThatIllegalStateException()
                .isThrownBy(() -> ask(adapted, 2))
                .withMessageContaining("b.gguf")
                .withMessageContaining("closed");
        assertThat(adapted.transcript()).hasSize(2);
        assertThat(ask(vlm.chat(options(Adapters.none())), 0)).isEqualTo(" a red apple");
    }
}
