package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.processing.Example;
import io.vlm4j.processing.Fit;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.processing.ImageProcessor;
import io.vlm4j.processing.Padding;
import io.vlm4j.processing.PixelValues;
import io.vlm4j.processing.Processor;
import io.vlm4j.processing.ProcessorOptions;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Examples in the documentation of `io.vlm4j.processing`. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class ProcessingSnippets {
    private static final Path FOLDER = Path.of("models/pico-llava");

    @Test
    void pixels() {
        try (Printed printed = new Printed()) {
            // @start region="pixels"
            ImageInput apple = ImageInput.of(FOLDER.resolve("samples/06-red_apple.png"));
            PixelValues values = ImageProcessor.clip(336).withFit(Fit.PAD).process(apple);
            System.out.println(values.values().shape()); // [1, 3, 336, 336]
            // @end
            assertThat(printed.text()).isEqualTo("[1, 3, 336, 336]" + System.lineSeparator());
        }
    }

    @Test
    void batch() {
        ImageInput apple = ImageInput.of(FOLDER.resolve("samples/06-red_apple.png"));
        try (Printed printed = new Printed()) {
            // @start region="batch"
            try (Model model = Model.open(FOLDER.resolve("pico-llava-q4_0.gguf"));
                    Projector projector = model.openProjector(FOLDER.resolve("mmproj-pico-llava-f16.gguf"));
                    ChatTemplate template = ChatTemplate.of(model)) {
                Processor processor =
                        Processor.of(projector, ProcessorOptions.defaults().withPadding(Padding.LEFT));
                ForwardInput batch = processor.process(
                        Example.of(
                                template.render(List.of(ChatMessage.user("What is it?", apple))), " a red apple</s>"),
                        Example.of(template.render(List.of(ChatMessage.user("Say yes."))), " yes</s>"));
                System.out.println(batch.batchSize() + " examples with "
                        + batch.images().orElseThrow().rows() + " image rows");
            }
            // @end
            assertThat(printed.text()).isEqualTo("2 examples with 64 image rows" + System.lineSeparator());
        }
    }
}
