package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.vlm.Vlm;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The examples in the documentation of `io.vlm4j.prompt`. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class PromptSnippets {
    @Test
    void byHand() {
        Path folder = Path.of("models/pico-llava");
        ImageInput picture = ImageInput.of(folder.resolve("samples/06-red_apple.png"));
        String question = "What color is the background?";
        try (Vlm vlm = Vlm.open(folder.resolve("pico-llava-q4_0.gguf"), folder.resolve("mmproj-pico-llava-f16.gguf"))) {
            // @start region="by-hand"
            Prompt prompt = Prompt.builder()
                    .markup("USER: ") // of the model's format; special tokens are recognized
                    .image(picture)
                    .markup("\n")
                    .text(question) // of a user; stays text, whatever it says
                    .markup(" ASSISTANT:")
                    .build();
            String answer = vlm.complete(prompt, Vlm.options().build()).text(); // white
            // @end
            assertThat(answer).isEqualTo("white");
        }
    }
}
