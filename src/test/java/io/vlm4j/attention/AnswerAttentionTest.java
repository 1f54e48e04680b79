package io.vlm4j.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Asked where something is, the bundled model looks there when it chooses the word. Which object is where is known:
/// `samples.json` lists them from left to right and from top to bottom.
@Tag("native")
@Tag("model")
class AnswerAttentionTest {
    private static Model model;
    private static Projector projector;
    private static ChatTemplate template;
    private static AnswerAttention attention;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.bundled());
        projector = model.openProjector(TestModels.bundledProjector());
        template = ChatTemplate.of(model);
        attention = AnswerAttention.open(
                projector, template, ContextOptions.builder().threads(1).build());
    }

    @AfterAll
    static void close() {
        attention.close();
        model.close();
    }

    private static AttendedAnswer ask(String sample, String question, AttentionRecipe recipe) {
        return attention.ask(
                ImageInput.of(TestModels.sample(sample)),
                question,
                Vlm.options().build(),
                recipe,
                new Cancellation());
    }

    /// The halves are left, top, right and bottom edges; of names of two words the first decides, see
    /// [#aWordThatFollowsFromTheOneBeforeLooksLess()].
    @ParameterizedTest
    @CsvSource({
        "01-musical_note-avocado.png, What is on the left?, musical, 0, 0, 0.5, 1",
        "01-musical_note-avocado.png, What is on the right?, avocado, 0.5, 0, 1, 1",
        "02-phone-toilet.png, What is on the left?, phone, 0, 0, 0.5, 1",
        "02-phone-toilet.png, What is on the right?, toilet, 0.5, 0, 1, 1",
        "07-lifebuoy-camel.png, What is at the top?, lifebuoy, 0, 0, 1, 0.5",
        "07-lifebuoy-camel.png, What is at the bottom?, camel, 0, 0.5, 1, 1",
        "10-sun-ping_pong_paddle.png, What is at the top?, sun, 0, 0, 1, 0.5",
        "10-sun-ping_pong_paddle.png, What is at the bottom?, ping, 0, 0.5, 1, 1",
        "12-pencil-hot_dog.png, What is on the left?, pencil, 0, 0, 0.5, 1",
        "12-pencil-hot_dog.png, What is on the right?, hot, 0.5, 0, 1, 1",
    })
    void theMapOfAWordLiesOnWhatItNames(
            String sample, String question, String word, double left, double top, double right, double bottom) {
        Heatmap late =
                word(ask(sample, question, AttentionRecipe.LATE_LAYERS), word).map();
        Heatmap contrast =
                word(ask(sample, question, AttentionRecipe.CONTRAST), word).map();

        assertThat(late.mass(left, top, right, bottom)).isGreaterThan(0.75);
        assertThat(contrast.mass(left, top, right, bottom)).isGreaterThan(0.93);
    }

    private static WordAttention word(AttendedAnswer answer, String text) {
        return answer.words().stream()
                .filter(word -> word.text().equals(text))
                .findFirst()
                .orElseThrow(() ->
                        new AssertionError(text + " in " + answer.generation().text()));
    }

    @Test
    void aWordThatFollowsFromTheOneBeforeLooksLess() {
        AttendedAnswer answer = ask("12-pencil-hot_dog.png", "What is on the right?", AttentionRecipe.LATE_LAYERS);

        assertThat(answer.words().stream().map(WordAttention::text)).containsExactly("a", "hot", "dog");
        assertThat(word(answer, "dog").imageShare())
                .isLessThan(word(answer, "hot").imageShare() - 0.1);
    }

    @Test
    void theAnswerIsTheOneThatIsGivenWithoutLooking() {
        AttendedAnswer answer = ask("02-phone-toilet.png", "What is on the left?", AttentionRecipe.ROLLOUT);

        assertThat(answer.generation().text()).isEqualTo("a phone");
        assertThat(answer.generation().finishReason()).isEqualTo(FinishReason.END_OF_GENERATION);
        List<Integer> tokens =
                answer.words().stream().flatMap(word -> word.tokens().stream()).toList();
        assertThat(answer.generation().tokens()).startsWith(tokens.toArray(Integer[]::new)); // and the end
        assertThat(answer.words()).allSatisfy(word -> {
            assertThat(word.map().columns()).isEqualTo(8);
            assertThat(word.map().rows()).isEqualTo(8);
            assertThat(word.map().mass(0, 0, 1, 1)).isBetween(0.999, 1.001);
            assertThat(word.imageShare()).isBetween(0.3, 1.0);
        });
    }

    /// The earlier picture lies the other way round, so that a map over it would be a map of something else.
    @Test
    void aConversationIsGoneOnWithAndItsLastPictureLookedAt() {
        List<ChatMessage> conversation = List.of(
                ChatMessage.user("What is on the left?", ImageInput.of(TestModels.sample("02-phone-toilet.png"))),
                ChatMessage.assistant("a phone"),
                ChatMessage.user("What is at the bottom?", ImageInput.of(TestModels.sample("07-lifebuoy-camel.png"))));

        AttendedAnswer answer = attention.ask(
                template.render(conversation), Vlm.options().build(), AttentionRecipe.CONTRAST, new Cancellation());

        assertThat(answer.generation().text()).isEqualTo(answered(conversation));
        assertThat(answer.words().getLast().map().mass(0, 0.5, 1, 1)).isGreaterThan(0.6); // whatever it calls it

        List<ChatMessage> more = List.of(
                conversation.getLast(), ChatMessage.assistant("a camel"), ChatMessage.user("What is at the top?"));
        AttendedAnswer follow = attention.ask(
                template.render(more), Vlm.options().build(), AttentionRecipe.CONTRAST, new Cancellation());
        assertThat(follow.generation().text()).isEqualTo(answered(more));
        assertThat(follow.words().getLast().map().mass(0, 0, 1, 0.5)).isGreaterThan(0.75);
    }

    private static String answered(List<ChatMessage> conversation) {
        try (Vlm vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector())) {
            return vlm.ask(conversation, Vlm.options().build()).text();
        }
    }

    @Test
    void aPromptWithoutAPictureIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> attention.ask(
                        template.render(List.of(ChatMessage.user("What?"))),
                        Vlm.options().build(),
                        AttentionRecipe.CONTRAST,
                        new Cancellation()))
                .withMessageContaining("no picture");
    }

    @Test
    void theSameIsSeenAgain() {
        assertThat(ask("02-phone-toilet.png", "What is on the left?", AttentionRecipe.CONTRAST)
                        .words())
                .isEqualTo(ask("02-phone-toilet.png", "What is on the left?", AttentionRecipe.CONTRAST)
                        .words());
    }

    @Test
    void whoCancelsGetsTheWordsSoFar() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        AttendedAnswer answer = attention.ask(
                ImageInput.of(TestModels.sample("06-red_apple.png")),
                "What is shown in this image?",
                Vlm.options().build(),
                AttentionRecipe.LATE_LAYERS,
                cancellation);

        assertThat(answer.words()).isEmpty();
        assertThat(answer.generation().finishReason()).isEqualTo(FinishReason.CANCELLED);
    }

    @Test
    void whatCannotBeSeenIsSaid() {
        assertThatThrownBy(() -> attention.ask(
                        ImageInput.of("no picture".getBytes()),
                        "What?",
                        Vlm.options().build(),
                        AttentionRecipe.LATE_LAYERS,
                        new Cancellation()))
                .isInstanceOf(Vlm4jException.InvalidMedia.class);
        assertThatThrownBy(() -> ask("06-red_apple.png", "word ".repeat(2000), AttentionRecipe.LATE_LAYERS))
                .isInstanceOf(Vlm4jException.ContextFull.class);
        assertThat(ask("06-red_apple.png", "What is shown in this image?", AttentionRecipe.LATE_LAYERS)
                        .generation()
                        .text())
                .isEqualTo("a red apple"); // it goes on working
    }

    @Test
    void closedItSaysSo() {
        AnswerAttention closed = AnswerAttention.open(
                projector, template, ContextOptions.builder().threads(1).build());
        closed.close();
        closed.close();

        assertThatIllegalStateException()
                .isThrownBy(() -> closed.ask(
                        ImageInput.of(TestModels.sample("06-red_apple.png")),
                        "What is shown in this image?",
                        Vlm.options().build(),
                        AttentionRecipe.LATE_LAYERS,
                        new Cancellation()));
    }
}
