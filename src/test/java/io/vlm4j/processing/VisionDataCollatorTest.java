package io.vlm4j.processing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.dataset.BadRow;
import io.vlm4j.dataset.DatasetOptions;
import io.vlm4j.dataset.ExampleOrigin;
import io.vlm4j.dataset.OnBadRow;
import io.vlm4j.dataset.VisionDataset;
import io.vlm4j.dataset.VisionExample;
import io.vlm4j.forward.ForwardOptions;
import io.vlm4j.forward.ForwardOutput;
import io.vlm4j.forward.ForwardPass;
import io.vlm4j.forward.Output;
import io.vlm4j.forward.Outputs;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Batches are those of transformers' processor and TRL's rules.
@Tag("native")
@Tag("model")
class VisionDataCollatorTest {
    private static Model model;
    private static Projector projector;
    private static List<VisionExample> examples;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.tinyLlava());
        projector = model.openProjector(TestModels.tinyLlavaProjector());
        examples = VisionDataset.open(Golden.resource("dataset/files/train.parquet"))
                .toList();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static ChatTemplate template(String name) {
        return ChatTemplate.of(model, source(name));
    }

    private static String source(String name) {
        return Golden.json(Golden.resource("processing/templates.json"))
                .get(name)
                .asString();
    }

    private static Processor processor(Padding padding) {
        return Processor.of(projector, ProcessorOptions.defaults().withPadding(padding));
    }

    private static void assertSame(Tensor tensor, Golden golden, String name) {
        assertThat(tensor.toIntArray()).as(name).isEqualTo(golden.ints(name));
    }

    @ParameterizedTest
    @CsvSource({"vsft-right, RIGHT", "vsft-left, LEFT", "llava-hf-right, RIGHT"})
    void batchesAreTransformers(String name, Padding padding) {
        try (Golden golden = Golden.open("processing/collator-" + name);
                ChatTemplate template =
                        template(golden.description().get("template").asString())) {
            CollatorOptions options = CollatorOptions.defaults();
            ForwardInput all = VisionDataCollator.of(processor(padding), template, options)
                    .collate(examples)
                    .orElseThrow();
            ForwardInput assistant = VisionDataCollator.of(
                            processor(padding), template, options.withAssistantOnly(true))
                    .collate(examples)
                    .orElseThrow();

            assertSame(all.inputIds(), golden, "input_ids");
            assertSame(all.attentionMask(), golden, "attention_mask");
            assertSame(all.labels().orElseThrow(), golden, "labels_pad_image");
            assertSame(Labels.everything(all), golden, "labels_pad");
            assertSame(assistant.inputIds(), golden, "input_ids");
            assertSaid(assistant, golden.ints("labels_assistant"));
            assertThat(all.pixelValues().orElseThrow().toFloatArray())
                    .isEqualTo(processor(padding)
                            .images()
                            .process(examples.stream()
                                    .flatMap(example -> example.images().stream())
                                    .toList())
                            .values()
                            .toFloatArray());
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 1000", "true, 1000", "false, 90"})
    void picturesInTilesAreThoseOfAProcessor(boolean assistantOnly, int most) {
        try (Model next = Model.open(TestModels.tinyLlavaNext());
                Projector tiling = next.openProjector(TestModels.tinyLlavaNextProjector());
                ChatTemplate template = ChatTemplate.of(next, source("vsft"));
                ForwardPass pass = ForwardPass.open(next, tiling, ForwardOptions.exact())) {
            Processor processor = Processor.of(tiling);
            CollatorOptions options =
                    CollatorOptions.defaults().withAssistantOnly(assistantOnly).withMaxLength(most);
            List<VisionExample> usable = most == 1000 ? examples : examples.subList(0, 1);
            ForwardInput input = VisionDataCollator.of(processor, template, options)
                    .collate(usable)
                    .orElseThrow();

            List<Integer> tiles = new ArrayList<>();
            for (VisionExample example : usable) {
                ForwardInput alone = processor.process(template.render(example.messages(), false));
                if (alone.images().orElse(null) instanceof ForwardImages.TiledPictures pictures
                        && alone.length() <= most) {
                    tiles.addAll(pictures.tiles());
                }
            }
            if (input.images().orElse(null) instanceof ForwardImages.TiledPictures pictures) {
                assertThat(pictures.tiles()).isEqualTo(tiles);
            } else {
                assertThat(tiles).isEmpty();
            }
            try (ForwardOutput output = pass.forward(input, Outputs.of(Output.LOSS))) {
                assertThat(output.loss()).isBetween(0.1, 20.0);
            }
        }
    }

    /// Labels are transformers', but for a space between what begins an answer and its text: llava-hf's marks leave it
    /// out, though the model must write it.
    private static void assertSaid(ForwardInput input, int[] expected) {
        int[] labels = input.labels().orElseThrow().toIntArray();
        int space = model.tokenizer().encode("</s> a", false, true)[1];
        for (int i = 0; i < labels.length; i++) {
            boolean begins = expected[i] == ForwardInput.IGNORED
                    && labels[i] == space
                    && labels[i - 1] == ForwardInput.IGNORED
                    && expected[i + 1] != ForwardInput.IGNORED;
            if (!begins) {
                assertThat(labels[i]).as("label %d", i).isEqualTo(expected[i]);
            }
        }
    }

    /// Of `<|im_end|>` and the line break behind it, only the first is what the assistant says.
    @Test
    void whatTheTemplateWritesBehindTheEndOfATurnDoesNotCount() {
        String source =
                "{% for m in messages %}{{ '<' + m['role'] + '>' + m['content'] + eos_token + '\\n' }}{% endfor %}"
                        + "{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}";
        VisionExample example = new VisionExample(
                new ExampleOrigin(Path.of("x"), 1),
                List.of(
                        ChatMessage.user("one?"),
                        ChatMessage.assistant("two"),
                        ChatMessage.user("three?"),
                        ChatMessage.assistant("four")));
        try (ChatTemplate template = ChatTemplate.of(model, source)) {
            ForwardInput input = VisionDataCollator.of(
                            processor(Padding.RIGHT),
                            template,
                            CollatorOptions.defaults().withAssistantOnly(true))
                    .collate(List.of(example))
                    .orElseThrow();
            int[] labelled = Arrays.stream(input.labels().orElseThrow().toIntArray())
                    .filter(id -> id != ForwardInput.IGNORED)
                    .toArray();

            assertThat(model.tokenizer().decode(labelled, false)).isEqualTo("two</s>four</s>");
        }
    }

    /// Where no token ends a turn, one that holds the last of its text and the first of the next belongs to it, as
    /// transformers' masks have it.
    @Test
    void aTurnWithoutAnEndReachesIntoTheTokenThatItsLastSpaceBegins() {
        String source = "{% for m in messages %}{{ m['role'].upper() + ': ' + m['content'] + ' ' }}{% endfor %}"
                + "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}";
        VisionExample example = new VisionExample(
                new ExampleOrigin(Path.of("x"), 1),
                List.of(
                        ChatMessage.user("is it red?"),
                        ChatMessage.assistant("yes"),
                        ChatMessage.user("a dog?"),
                        ChatMessage.assistant("no")));
        try (ChatTemplate template = ChatTemplate.of(model, source)) {
            ForwardInput input = VisionDataCollator.of(
                            processor(Padding.RIGHT),
                            template,
                            CollatorOptions.defaults().withAssistantOnly(true))
                    .collate(List.of(example))
                    .orElseThrow();
            int[] ids = input.inputIds().toIntArray();
            int[] labels = input.labels().orElseThrow().toIntArray();
            String said = "";
            for (int i = 0; i < ids.length; i++) {
                said += labels[i] == ForwardInput.IGNORED
                        ? "-"
                        : new String(model.tokenizer().piece(ids[i]), StandardCharsets.UTF_8);
            }

            assertThat(said.replaceAll("-+", "-")).isEqualTo("- yes - no ");
        }
    }

    @Test
    void longExamplesKeepTheirBeginningAndNoPartOfAPicture() {
        try (ChatTemplate template = template("vsft")) {
            VisionExample two = examples.get(2); // pictures in the middle
            Processor processor = processor(Padding.RIGHT);
            int[] whole = VisionDataCollator.of(processor, template, CollatorOptions.defaults())
                    .collate(List.of(two))
                    .orElseThrow()
                    .inputIds()
                    .toIntArray();
            int lengths = 0;
            for (int most = 2; most <= whole.length; most += 3) {
                ForwardInput cut = VisionDataCollator.of(
                                processor, template, CollatorOptions.defaults().withMaxLength(most))
                        .collate(List.of(two))
                        .orElseThrow();
                int[] ids = cut.inputIds().toIntArray();
                long rows = Arrays.stream(ids)
                        .filter(id -> id == processor.imageToken())
                        .count();

                assertThat(ids).hasSizeLessThanOrEqualTo(most).isEqualTo(Arrays.copyOf(whole, ids.length));
                assertThat(rows % 16).isZero();
                assertThat(cut.images().map(ForwardImages::rows).orElse(0L)).isEqualTo(rows);
                lengths += ids.length < most ? 1 : 0;
            }
            assertThat(lengths).isPositive(); // some cuts would have gone through a picture
        }
    }

    @Test
    void unusableExamplesAreToldWithFileAndRow() {
        Path file = Golden.resource("dataset/files/corrupt-rows.parquet");
        List<BadRow> told = new ArrayList<>();
        List<VisionExample> rows = VisionDataset.open(
                        file, DatasetOptions.builder().onBadRow(OnBadRow.SKIP).build())
                .toList(); // with the cut PNG, which only decoding finds
        try (ChatTemplate template = template("vsft")) {
            CollatorOptions options = CollatorOptions.defaults().withAssistantOnly(true);
            CollatorOptions skipping = options.withOnUnusable(OnBadRow.SKIP, (row, _) -> told.add(row));
            Processor processor = processor(Padding.RIGHT);
            ForwardInput input = VisionDataCollator.of(processor, template, skipping)
                    .collate(rows)
                    .orElseThrow();

            assertThat(input.batchSize()).isEqualTo(2);
            assertThat(told).singleElement().satisfies(row -> {
                assertThat(row.file()).isEqualTo(file);
                assertThat(row.row()).isEqualTo(2);
            });
            assertThatExceptionOfType(InvalidFile.class)
                    .isThrownBy(() ->
                            VisionDataCollator.of(processor, template, options).collate(rows))
                    .withMessageStartingWith(file + ", row 2: ");
            assertThatExceptionOfType(InvalidFile.class)
                    .isThrownBy(() -> VisionDataCollator.of(processor, template, options.withMaxLength(20))
                            .collate(rows))
                    .withMessageContaining("row 1: nothing that counts");
            assertThat(VisionDataCollator.of(processor, template, skipping.withMaxLength(20))
                            .collate(rows))
                    .isEmpty();
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            VisionDataCollator.of(processor, template, options).collate(List.of()));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> options.withMaxLength(1))
                    .withMessageContaining("1");
        }
    }
}
