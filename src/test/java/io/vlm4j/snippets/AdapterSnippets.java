package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.chat.Chat;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.inference.Adapters;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.ControlVector;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.testkit.RandomLora;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The examples in the documentation of adapters and control vectors. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class AdapterSnippets {
    @TempDir
    private Path folder;

    @Test
    void holdTwoConversationsWithDifferentAdapters() {
        Path file = new RandomLora(4, 8, 1, 3).write(TestModels.bundled(), folder.resolve("pirate.gguf"));
        ImageInput picture = ImageInput.of(TestModels.sample("06-red_apple.png"));
        try (Vlm vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector())) {
            // @start region="lora"
            LoraAdapter pirate = vlm.openAdapter(file); // closed with the model
            Chat plain = vlm.chat(ChatOptions.defaults());
            Chat bold = vlm.chat(ChatOptions.builder()
                    .adapters(Adapters.none().with(pirate, 0.8f))
                    .build());
            String first = plain.say("What is shown in this image?", picture).text(); // a red apple
            String second = bold.say("What is shown in this image?", picture).text();
            // @end
            assertThat(first).isEqualTo("a red apple");
            assertThat(second).isNotEqualTo(first);
        }
    }

    @Test
    void steer() {
        try (Vlm vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector())) {
            int width = vlm.model().embeddingSize();
            ControlVector cheerful = ControlVector.of(Map.of(2, new float[width], 5, new float[width]));
            ControlVector brief = ControlVector.of(Map.of(3, new float[width]));
            // @start region="control"
            ControlVector tone = cheerful.scaledBy(0.5f).plus(brief).onLayers(2, 4);
            vlm.context().use(Adapters.none().with(tone));
            // @end
            assertThat(vlm.context().adapters().controlVector()).contains(tone);
        }
    }
}
