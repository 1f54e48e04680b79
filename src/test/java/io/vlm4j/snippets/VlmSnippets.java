package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.MemoryEstimate;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The examples in the documentation of `io.vlm4j.vlm`. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class VlmSnippets {
    @Test
    void ask() {
        try (Printed printed = new Printed()) {
            // @start region="ask"
            Path folder = Path.of("models/pico-llava");
            try (Vlm vlm =
                    Vlm.open(folder.resolve("pico-llava-q4_0.gguf"), folder.resolve("mmproj-pico-llava-f16.gguf"))) {
                ImageInput picture = ImageInput.of(folder.resolve("samples/06-red_apple.png"));
                Generation answer = vlm.ask(picture, "What is shown in this image?");
                System.out.println(answer.text()); // a red apple
            }
            // @end
            assertThat(printed.text()).isEqualTo("a red apple" + System.lineSeparator());
        }
    }

    @Test
    void stream() {
        Path folder = Path.of("models/pico-llava");
        ImageInput picture = ImageInput.of(folder.resolve("samples/03-anchor-pufferfish-rocket.png"));
        try (Printed printed = new Printed();
                Vlm vlm = Vlm.open(
                        folder.resolve("pico-llava-q4_0.gguf"), folder.resolve("mmproj-pico-llava-f16.gguf"))) {
            // @start region="stream"
            Cancellation cancellation = new Cancellation(); // any thread may call cancel()
            List<ChatMessage> conversation = List.of(ChatMessage.user("What is shown in this image?", picture));
            try (GenerationStream stream =
                    vlm.stream(conversation, Vlm.options().build(), cancellation)) {
                stream.texts().forEach(text -> {
                    System.out.print(text); // an anchor,
                    if (text.contains(",")) {
                        cancellation.cancel(); // we have heard enough
                    }
                });
            }
            // @end
            assertThat(printed.text()).isEqualTo("an anchor,");
        }
    }

    @Test
    void estimate() {
        Path modelFile = TestModels.bundled();
        Path mmprojFile = TestModels.bundledProjector();
        // @start region="estimate"
        ContextOptions context = ContextOptions.builder()
                .contextLength(32_768)
                .cacheType(CacheType.F16)
                .build();
        MemoryEstimate estimate = MemoryEstimate.of(modelFile, ModelOptions.defaults(), context)
                .withProjector(mmprojFile, ProjectorOptions.defaults());
        System.out.println(estimate.cache() + " bytes for the KV cache, " + estimate.mainMemory() + " in all");
        // @end
        assertThat(estimate.mainMemory()).isGreaterThan(estimate.cache());
    }
}
