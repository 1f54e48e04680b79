package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.Decoder;
import io.vlm4j.graph.DecoderOptions;
import io.vlm4j.graph.Entity;
import io.vlm4j.graph.Grounding;
import io.vlm4j.graph.InputRows;
import io.vlm4j.graph.Weights;
import io.vlm4j.tensor.Tensor;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The examples in the documentation of `io.vlm4j.graph`. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class GraphSnippets {
    @Test
    void decode() {
        try (Printed printed = new Printed()) {
            // @start region="decode"
            Path file = Path.of("models/pico-llava/pico-llava-q4_0.gguf");
            try (Weights weights = Weights.open(file);
                    Decoder decoder =
                            weights.newDecoder(Architecture.of(weights.file()), DecoderOptions.ofThreads(1))) {
                decoder.decode(InputRows.of(1, 20, 30)); // a prompt
                decoder.decode(40); // and one token more
                Tensor logits = decoder.logits();
                System.out.println(logits.shape());
            }
            // @end
            assertThat(printed.text()).startsWith("[");
        }
    }

    @Test
    void grounding() {
        try (Printed printed = new Printed()) {
            // @start region="grounding"
            Grounding grounding = Grounding.parse("<grounding> An image of<phrase> a snowman</phrase>"
                    + "<object><patch_index_0044><patch_index_0863></object> in winter.");
            System.out.println(grounding.text()); // An image of a snowman in winter.
            for (Entity entity : grounding.entities()) {
                System.out.println(entity.label() + " at " + entity.boxes());
            }
            // @end
            assertThat(printed.text())
                    .startsWith("An image of a snowman in winter.")
                    .contains("left=0.390625");
        }
    }
}
