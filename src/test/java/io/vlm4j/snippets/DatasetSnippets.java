package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.dataset.Dataset;
import io.vlm4j.dataset.DatasetCursor;
import io.vlm4j.dataset.DatasetOptions;
import io.vlm4j.dataset.DatasetSplit;
import io.vlm4j.dataset.OnBadRow;
import io.vlm4j.dataset.VisionDataset;
import io.vlm4j.dataset.VisionExample;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.processing.CollatorOptions;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.processing.Processor;
import io.vlm4j.processing.VisionDataCollator;
import io.vlm4j.prompt.ChatTemplate;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Examples in the documentation of `io.vlm4j.dataset`. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class DatasetSnippets {
    @Test
    void dataset() {
        try (Printed printed = new Printed()) {
            // @start region="dataset"
            DatasetOptions options = DatasetOptions.builder()
                    .onBadRow(OnBadRow.SKIP)
                    .badRows((row, count) -> System.err.println(row))
                    .build();
            Dataset<VisionExample> dataset =
                    VisionDataset.open(Path.of("models/pico-llava/samples/samples.jsonl"), options);
            DatasetSplit<VisionExample> split =
                    dataset.filter(example -> example.images().size() == 1).split(0.1, 42);
            try (DatasetCursor<VisionExample> epoch = split.train().shuffle(1).open()) {
                VisionExample example = epoch.next();
                System.out.println(example.question().size() + " message before the answer");
                long position = epoch.position(); // open(position) goes on from here
            }
            // @end
            assertThat(printed.text()).isEqualTo("1 message before the answer" + System.lineSeparator());
        }
    }

    @Test
    void collate() {
        Path folder = Path.of("models/pico-llava");
        try (Printed printed = new Printed()) {
            // @start region="collate"
            try (Model model = Model.open(folder.resolve("pico-llava-q4_0.gguf"));
                    Projector projector = model.openProjector(folder.resolve("mmproj-pico-llava-f16.gguf"));
                    ChatTemplate template = ChatTemplate.of(model)) {
                VisionDataCollator collator = VisionDataCollator.of(
                        Processor.of(projector),
                        template,
                        CollatorOptions.defaults().withAssistantOnly(true).withMaxLength(512));
                Dataset<VisionExample> dataset = VisionDataset.open(folder.resolve("samples/samples.jsonl"));
                ForwardInput batch = collator.collate(dataset.take(4).toList()).orElseThrow();
                System.out.println(batch.batchSize() + " examples of "
                        + batch.images().orElseThrow().rows() + " image rows together");
            }
            // @end
            assertThat(printed.text()).startsWith("4 examples of 256 image rows");
        }
    }
}
