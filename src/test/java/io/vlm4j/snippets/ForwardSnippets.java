package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.forward.ForwardOptions;
import io.vlm4j.forward.ForwardOutput;
import io.vlm4j.forward.ForwardPass;
import io.vlm4j.forward.Output;
import io.vlm4j.forward.Outputs;
import io.vlm4j.inference.LayerConsumer;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.processing.Processor;
import io.vlm4j.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The examples in the documentation of [ForwardPass] and in `docs/forward.md`. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class ForwardSnippets {
    @TempDir
    private Path directory;

    @Test
    void forward() {
        try (Printed printed = new Printed()) {
            // @start region="forward"
            Path folder = Path.of("models/pico-llava");
            try (Model model = Model.open(folder.resolve("pico-llava-q4_0.gguf"));
                    Projector projector = model.openProjector(folder.resolve("mmproj-pico-llava-f16.gguf"));
                    ForwardPass pass = ForwardPass.open(model, projector, ForwardOptions.exact())) {
                ForwardInput input = Processor.of(projector)
                        .process(
                                "USER: <image>\nWhat is shown in this image? ASSISTANT:",
                                ImageInput.of(folder.resolve("samples/06-red_apple.png")));
                Outputs what = Outputs.of(Output.LOGITS, Output.ATTENTIONS, Output.VISION_ATTENTIONS);
                try (ForwardOutput output = pass.forward(input, what)) {
                    Tensor attention = output.attentions().getLast(); // [batch, heads, queries, keys]
                    System.out.println(attention.shape());
                    output.saveSafetensors(directory.resolve("apple.safetensors"));
                }
            }
            // @end
            assertThat(printed.text()).startsWith("[1, 8, ");
            assertThat(Files.exists(directory.resolve("apple.safetensors"))).isTrue();
        }
    }

    @Test
    void stream() {
        Path folder = Path.of("models/pico-llava");
        try (Printed printed = new Printed();
                Model model = Model.open(folder.resolve("pico-llava-q4_0.gguf"));
                ForwardPass pass = ForwardPass.open(model, ForwardOptions.exact())) {
            ForwardInput input = Processor.of(model).process("USER: What is a camel? ASSISTANT:");
            // @start region="stream"
            LayerConsumer norms = new LayerConsumer() {
                @Override
                public void onHiddenState(int example, int layer, int position, Tensor rows) {
                    double sum = 0;
                    for (float value : rows.toFloatArray()) {
                        sum += value * value;
                    }
                    System.out.printf(
                            "layer %d: %.1f%n",
                            layer, Math.sqrt(sum / rows.shape().dim(0)));
                }
            };
            pass.forward(input, Outputs.of(Output.HIDDEN_STATES).streaming(norms))
                    .close();
            // @end
            assertThat(printed.text().lines()).hasSize(7);
        }
    }
}
