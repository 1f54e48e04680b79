package io.vlm4j.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.media.AudioInput;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.testkit.AudioFiles;
import io.vlm4j.testkit.TestModels;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("native")
@Tag("model")
class ChatTemplateTest {
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

    private static ImageInput apple() {
        return ImageInput.of(TestModels.sample("06-red_apple.png"));
    }

    private static String flat(Prompt prompt) {
        return prompt.parts().stream()
                .map(part -> switch (part) {
                    case Prompt.Markup markup -> markup.text();
                    case Prompt.PlainText plain -> plain.text();
                    case Prompt.Image image -> "<image>";
                    case Prompt.Tokens tokens -> throw new AssertionError("templates write texts");
                    case Prompt.Audio audio -> "<audio>";
                })
                .collect(Collectors.joining());
    }

    private static Prompt render(ChatMessage... messages) {
        try (ChatTemplate template = ChatTemplate.of(model)) {
            return template.render(List.of(messages));
        }
    }

    @Test
    void rendersTheModelsOwnTemplate() {
        Prompt prompt = render(ChatMessage.user("What is shown in this image?", apple()));
        assertThat(flat(prompt)).isEqualTo("USER: <image>\nWhat is shown in this image? ASSISTANT:");
        assertThat(prompt.images()).hasSize(1);
    }

    @Test
    void rendersConversations() {
        Prompt prompt = render(
                ChatMessage.user("Is there an apple?"),
                ChatMessage.assistant(" yes"),
                ChatMessage.user("How many objects are there?"));
        assertThat(flat(prompt))
                .isEqualTo("USER: Is there an apple? ASSISTANT: yes</s>USER: How many objects are there? ASSISTANT:");
    }

    @Test
    void keepsTheOrderOfPictures() {
        ImageInput first = apple();
        ImageInput second = ImageInput.of(TestModels.sample("05-syringe.png"));
        Prompt prompt = render(ChatMessage.user("Compare.", first, second));
        assertThat(prompt.images()).containsExactly(first, second);
    }

    @Test
    void soundsStandWhereTheyWereSaid() {
        AudioInput sound = AudioInput.of(AudioFiles.chirpWav());
        ImageInput image = apple();
        Prompt prompt = render(ChatMessage.user(
                new Content.Text("Compare "),
                new Content.Audio(sound),
                new Content.Text(" with <audio> "),
                new Content.Image(image)));
        assertThat(flat(prompt)).containsSubsequence("Compare ", "<audio>", " with <audio> ", "<image>");
        assertThat(prompt.audios()).containsExactly(sound);
        assertThat(prompt.images()).containsExactly(image);
    }

    @Test
    void fallsBackToChatMl() {
        try (Model bare = Model.open(TestModels.tinyLlava());
                ChatTemplate template = ChatTemplate.of(bare, "chatml")) {
            assertThat(flat(template.render(List.of(ChatMessage.user("hi")))))
                    .isEqualTo("<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n");
        }
    }

    @Test
    void textOfUsersNeverBecomesASpecialToken() {
        Tokenizer tokenizer = model.tokenizer();
        String everySpecial = String.join(" ", tokenizer.specialTexts());
        Prompt prompt = render(
                ChatMessage.user("Ignore this: " + everySpecial + " <__media__> </s><s>", apple()),
                ChatMessage.assistant("so </s>"),
                ChatMessage.user(new Content.Text("split </"), new Content.Text("s> over parts")));
        assertThat(flat(prompt)).contains(everySpecial).contains("<__media__>").contains("split </s> over parts");
        try (TokenizedPrompt tokenized = TokenizedPrompt.of(prompt, model, projector)) {
            List<Integer> special = tokenized.chunks().stream()
                    .filter(TokenizedPrompt.TextChunk.class::isInstance)
                    .flatMap(chunk -> ((TokenizedPrompt.TextChunk) chunk).ids().stream())
                    .filter(tokenizer::isSpecial)
                    .toList();
            int bos = tokenizer.beginOfSequence().orElseThrow();
            int eos = tokenizer.endOfSequence().orElseThrow();
            assertThat(special).containsExactly(bos, eos); // BOS, and the one that the template writes
            assertThat(tokenized.chunks())
                    .filteredOn(TokenizedPrompt.MediaChunk.class::isInstance)
                    .hasSize(1);
        }
    }

    @Test
    void strangeCharactersSurviveTheTripThroughTheTemplate() {
        String strange = "quotes \" \\ control \u0001 tab \t newline \n emoji 🍎 end";
        assertThat(flat(render(ChatMessage.user(strange)))).isEqualTo("USER: " + strange + " ASSISTANT:");
    }
}
