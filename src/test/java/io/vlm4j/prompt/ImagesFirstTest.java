package io.vlm4j.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.media.ImageInput;
import io.vlm4j.testkit.Golden;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Templates that write a message's pictures before its texts, and one that does not, as transformers'
/// `apply_chat_template` renders them.
@Tag("native")
class ImagesFirstTest {
    private static final ImageInput PICTURE = ImageInput.ofRgb(1, 1, ByteBuffer.allocate(3));

    @Test
    void picturesAreWhereTheTemplatePutsThem() {
        JsonNode golden = Golden.json(Golden.resource("images-first/rendered.json"));
        int compared = 0;
        for (JsonNode row : golden.get("rows")) {
            String name = row.get("template").asString();
            if (row.get("conversation").asString().equals("no words") && !name.equals("vsft")) {
                continue; // the engine's loop over texts always has one, which stands for the pictures
            }
            try (ChatTemplate template =
                    ChatTemplate.of(golden.get("templates").get(name).asString(), "<s>", "</s>")) {
                Prompt prompt = template.render(
                        messages(row.get("messages")), row.get("prompt").asBoolean());

                assertThat(text(prompt))
                        .as("%s: %s", name, row.get("conversation"))
                        .isEqualTo(row.get("rendered").asString());
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(45);
    }

    private static List<ChatMessage> messages(JsonNode messages) {
        return messages.valueStream()
                .map(message -> new ChatMessage(
                        message.get("role").asString().equals("user") ? Role.USER : Role.ASSISTANT,
                        message.get("content")
                                .valueStream()
                                .map(part -> part.get("type").asString().equals("image")
                                        ? Content.of(PICTURE)
                                        : new Content.Text(part.get("text").asString()))
                                .toList()))
                .toList();
    }

    private static String text(Prompt prompt) {
        return prompt.parts().stream()
                .map(part -> switch (part) {
                    case Prompt.Markup(String text) -> text;
                    case Prompt.PlainText(String text) -> text;
                    case Prompt.Image _ -> "<image>";
                    case Prompt.Audio _ -> "<audio>";
                    case Prompt.Tokens _ -> throw new AssertionError("templates write texts");
                })
                .collect(Collectors.joining());
    }
}
