package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.Vlm4jException;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.Conversation;
import io.vlm4j.generation.Generation;
import io.vlm4j.isolation.AdapterFiles;
import io.vlm4j.isolation.IsolatedVlm;
import io.vlm4j.media.ImageInput;
import io.vlm4j.testkit.RandomLora;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.VisionLanguageModel;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The examples in the documentation of `io.vlm4j.isolation`. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class IsolationSnippets {
    @Test
    void ask() {
        Path folder = Path.of("models/pico-llava");
        Path model = folder.resolve("pico-llava-q4_0.gguf");
        Path mmproj = folder.resolve("mmproj-pico-llava-f16.gguf");
        ImageInput picture = ImageInput.of(folder.resolve("samples/06-red_apple.png"));
        String text = "";
        // @start region="ask"
        try (IsolatedVlm vlm = IsolatedVlm.open(model, mmproj)) {
            Generation answer = vlm.ask(picture, "What is shown in this image?");
            text = answer.text(); // a red apple
        } catch (Vlm4jException.WorkerDied died) {
            // died.signal() is SIGSEGV, for example; this JVM goes on
        }
        // @end
        assertThat(text).isEqualTo("a red apple");
    }

    @Test
    void choice() {
        Path folder = Path.of("models/pico-llava");
        ImageInput picture = ImageInput.of(folder.resolve("samples/06-red_apple.png"));
        try (IsolatedVlm vlm = IsolatedVlm.open(
                folder.resolve("pico-llava-q4_0.gguf"), folder.resolve("mmproj-pico-llava-f16.gguf"))) {
            assertThat(colour(vlm, picture)).isEqualTo("white");
        }
    }

    @Test
    void adapters(@TempDir Path temporary) {
        Path pirate = new RandomLora(4, 8, 1, 3).write(TestModels.bundled(), temporary.resolve("pirate.gguf"));
        ImageInput picture = ImageInput.of(TestModels.sample("06-red_apple.png"));
        try (IsolatedVlm vlm = IsolatedVlm.open(TestModels.bundled(), TestModels.bundledProjector())) {
            // @start region="adapters"
            vlm.use(AdapterFiles.none().with(pirate, 0.8f));
            String bold = vlm.ask(picture, "What is shown in this image?").text();
            vlm.use(AdapterFiles.none());
            String plain = vlm.ask(picture, "What is shown in this image?").text(); // a red apple
            // @end
            assertThat(plain).isEqualTo("a red apple");
            assertThat(bold).isNotEqualTo(plain);
        }
    }

    // @start region="choice"
    static String colour(VisionLanguageModel model, ImageInput picture) { // a Vlm or an IsolatedVlm
        Conversation chat = model.chat(ChatOptions.defaults());
        chat.say("What is shown in this image?", picture);
        return chat.say("What color is the background?").text(); // white
    }
    // @end
}
