package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.dataset.DatasetSplit;
import io.vlm4j.dataset.VisionDataset;
import io.vlm4j.dataset.VisionExample;
import io.vlm4j.generation.Generation;
import io.vlm4j.inference.Adapters;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.processing.CollatorOptions;
import io.vlm4j.processing.Processor;
import io.vlm4j.processing.VisionDataCollator;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.training.LearningRateSchedule;
import io.vlm4j.training.LoraOptions;
import io.vlm4j.training.SftOptions;
import io.vlm4j.training.SftTrainer;
import io.vlm4j.training.TrainingEvent;
import io.vlm4j.training.TrainingResult;
import io.vlm4j.training.TrainingStage;
import io.vlm4j.vlm.Vlm;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Examples in the documentation of `io.vlm4j.training`. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class TrainingSnippets {
    @TempDir
    Path temporary;

    @Test
    void train() {
        Path out = temporary.resolve("trained");
        try (Printed printed = new Printed()) {
            // @start region="train"
            Path folder = Path.of("models/pico-llava");
            Path file = folder.resolve("pico-llava-q4_0.gguf");
            Path mmproj = folder.resolve("mmproj-pico-llava-f16.gguf");
            DatasetSplit<VisionExample> split =
                    VisionDataset.open(folder.resolve("samples/samples.jsonl")).split(0.1, 42);
            SftOptions options = SftOptions.builder(TrainingStage.LORA, out)
                    .lora(LoraOptions.defaults().withRank(8).withDropout(0.05f))
                    .learningRate(2e-3)
                    .schedule(LearningRateSchedule.COSINE)
                    .warmupSteps(2)
                    .batchSize(4)
                    .maxSteps(8)
                    .build();
            TrainingResult result;
            try (Model model = Model.open(file);
                    Projector projector = model.openProjector(mmproj);
                    ChatTemplate template = ChatTemplate.of(model)) {
                VisionDataCollator collator = VisionDataCollator.of(
                        Processor.of(projector),
                        template,
                        CollatorOptions.defaults().withAssistantOnly(true));
                try (SftTrainer trainer = SftTrainer.open(
                        projector, collator, split.train(), Optional.of(split.test()), options, event -> {
                            if (event instanceof TrainingEvent.Step step) {
                                System.out.printf("step %d: loss %.3f%n", step.step(), step.loss());
                            }
                        })) {
                    result = trainer.train();
                }
            }
            try (Vlm vlm = Vlm.open(file, mmproj)) { // answers with it at once
                LoraAdapter adapter = vlm.openAdapter(result.adapter().orElseThrow());
                Generation answer = vlm.ask(
                        ImageInput.of(folder.resolve("samples/06-red_apple.png")),
                        "What is in the picture?",
                        Vlm.options().adapters(Adapters.of(adapter)).build());
                System.out.println(answer.text());
            }
            // @end
            assertThat(printed.text()).contains("step 8: loss ");
            assertThat(printed.text().lines()).hasSizeGreaterThan(8);
        }
        assertThat(out.resolve("loss.png")).isNotEmptyFile();
    }
}
