package io.vlm4j.processing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.gguf.Safetensors;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.Content;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.Role;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Ids, masks, positions, labels and pixel values of transformers' `LlavaProcessor`, equal in every number.
@Tag("native")
@Tag("model")
class ProcessorGoldenTest {
    private static Model model;
    private static Projector projector;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.tinyLlava());
        projector = model.openProjector(TestModels.tinyLlavaProjector());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static Processor processor(Padding padding) {
        return Processor.of(projector, ProcessorOptions.defaults().withPadding(padding));
    }

    private static Golden golden(String name) {
        return Golden.open("processing/" + name);
    }

    private static ImageInput picture(String name) {
        String file = Path.of(name).getFileName().toString();
        file = file.endsWith(".png") ? file : file + ".png";
        return ImageInput.of(Golden.resource((file.equals("sq56.png") ? "llava/" : "processing/") + file));
    }

    private static List<String> strings(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }

    private static ImageInput[] pictures(JsonNode names) {
        return strings(names).stream().map(ProcessorGoldenTest::picture).toArray(ImageInput[]::new);
    }

    private static float[] pixelValues(ForwardInput input) {
        return input.pixelValues().orElseThrow().toFloatArray();
    }

    private static void assertSame(Tensor actual, Golden golden, String name) {
        assertThat(actual.toIntArray()).as(name).isEqualTo(golden.ints(name));
    }

    @Test
    void theVocabularyNamesTheImageTokenAndThePadding() {
        assertThat(processor(Padding.RIGHT).imageToken()).isEqualTo(3);
        assertThat(processor(Padding.RIGHT).paddingToken()).isZero();
    }

    @Test
    void onePicture() {
        try (Golden golden = Golden.open("llava/single")) {
            JsonNode about = golden.description();
            Prompt prompt = Prompt.parse(about.get("prompt").asString(), picture("sq56"));

            ForwardInput input = processor(Padding.RIGHT)
                    .process(Example.of(prompt, about.get("answer").asString()));

            assertThat(input.inputIds().shape().dims()).containsExactly(1, 61);
            assertSame(input.inputIds(), golden, "input_ids");
            assertSame(input.attentionMask(), golden, "attention_mask");
            assertSame(input.positionIds(), golden, "position_ids");
            assertSame(input.labels().orElseThrow(), golden, "labels");
            assertThat(pixelValues(input)).isEqualTo(golden.floats("pixel_values"));
            ForwardInput question = processor(Padding.RIGHT).process(prompt);
            assertSame(question.inputIds(), golden, "generate_input_ids");
            assertThat(question.labels()).isEmpty();
        }
    }

    @Test
    void twoPicturesInOnePrompt() {
        try (Golden golden = golden("two-images")) {
            JsonNode about = golden.description();
            Prompt prompt = Prompt.parse(about.get("prompt").asString(), pictures(about.get("images")));

            ForwardInput input = processor(Padding.LEFT)
                    .process(Example.of(prompt, about.get("answer").asString()));

            assertSame(input.inputIds(), golden, "input_ids");
            assertSame(input.attentionMask(), golden, "attention_mask");
            assertSame(input.labels().orElseThrow(), golden, "labels");
            try (Safetensors all =
                    Safetensors.open(TestModels.reference("golden/cases/llava/two-images.safetensors"))) {
                assertThat(pixelValues(input))
                        .isEqualTo(all.tensor("pixel_values").toFloatArray());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Padding.class)
    void aBatchOfDifferentLengths(Padding padding) {
        try (Golden golden = golden("batch")) {
            List<Example> examples = examples(golden.description());
            String side = padding.name().toLowerCase(Locale.ROOT);

            ForwardInput input = processor(padding).process(examples);

            assertSame(input.inputIds(), golden, side + ".input_ids");
            assertSame(input.attentionMask(), golden, side + ".attention_mask");
            assertSame(input.positionIds(), golden, side + ".position_ids");
            assertSame(input.labels().orElseThrow(), golden, side + ".labels");
            try (Safetensors all = Safetensors.open(TestModels.reference("golden/cases/llava/batch.safetensors"))) {
                assertThat(pixelValues(input))
                        .isEqualTo(all.tensor("pixel_values").toFloatArray());
            }
        }
    }

    @Test
    void eachExampleOfTheBatchAlone() {
        try (Golden golden = golden("batch")) {
            List<Example> examples = examples(golden.description());
            for (int i = 0; i < examples.size(); i++) {
                ForwardInput input = processor(Padding.LEFT).process(examples.get(i));

                assertSame(input.inputIds(), golden, "example." + i + ".input_ids");
                assertSame(input.labels().orElseThrow(), golden, "example." + i + ".labels");
            }
        }
    }

    private static List<Example> examples(JsonNode about) {
        ImageInput[] images = pictures(about.get("images"));
        List<String> prompts = strings(about.get("prompts"));
        List<String> answers = strings(about.get("answers"));
        return IntStream.range(0, prompts.size())
                .mapToObj(i -> Example.of(Prompt.parse(prompts.get(i), images[i]), answers.get(i)))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"vsft-right, RIGHT", "vsft-left, LEFT", "vsft-right-trl, RIGHT", "llava-hf-right, RIGHT"})
    void theTextsOfACollator(String name, Padding padding) {
        try (Golden golden = golden("collator-" + name)) {
            JsonNode about = golden.description();
            boolean addSpecial = about.get("add_special_tokens").asBoolean();
            List<ImageInput> images = List.of(pictures(about.get("images_in_order")));
            List<Example> examples = new ArrayList<>();
            int used = 0;
            for (String text : strings(about.get("texts"))) {
                int count = text.split("<image>", -1).length - 1;
                Prompt prompt =
                        Prompt.parse(text, images.subList(used, used + count).toArray(ImageInput[]::new));
                used += count;
                examples.add(new Example(new Prompt(prompt.parts(), addSpecial, List.of())));
            }

            assertCollated(processor(padding).process(examples), golden);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vsft-right"})
    void theConversationsOfACollatorThroughTheirTemplate(String name) {
        JsonNode rows = Golden.json(Golden.resource("processing/collator-datasets.json"))
                .get("rows");
        try (Golden golden = golden("collator-" + name);
                ChatTemplate template = ChatTemplate.of(model, template(golden))) {
            List<Example> examples = rows.valueStream()
                    .map(row -> new Example(template.render(conversation(row), false)))
                    .toList();

            assertCollated(processor(Padding.RIGHT).process(examples), golden);
        }
    }

    private static String template(Golden golden) {
        return Golden.json(Golden.resource("processing/templates.json"))
                .get(golden.description().get("template").asString())
                .asString();
    }

    private static List<ChatMessage> conversation(JsonNode row) {
        ImageInput[] images = pictures(row.get("images"));
        return row.get("messages")
                .valueStream()
                .map(message -> new ChatMessage(
                        message.get("role").asString().equals("user") ? Role.USER : Role.ASSISTANT,
                        message.get("content")
                                .valueStream()
                                .map(part -> part.get("type").asString().equals("image")
                                        ? Content.of(images[part.get("index").asInt()])
                                        : new Content.Text(part.get("text").asString()))
                                .toList()))
                .toList();
    }

    private static void assertCollated(ForwardInput input, Golden golden) {
        assertSame(input.inputIds(), golden, "input_ids");
        assertSame(input.attentionMask(), golden, "attention_mask");
        assertSame(Labels.everything(input), golden, "labels_pad");
        assertSame(Labels.text(input), golden, "labels_pad_image");
        assertThat(input.withLabels(Labels.text(input)).labels()).isPresent();
    }

    @Test
    void everyStringOfTheTokenizer() {
        Processor processor = Processor.of(model);
        for (JsonNode row :
                Golden.json(Golden.resource("processing/tokenizer-llava.json")).get("rows")) {
            String text = row.get("text").asString();
            int[] ids = row.get("ids").valueStream().mapToInt(JsonNode::asInt).toArray();
            int[] withBos = row.get("ids_with_bos")
                    .valueStream()
                    .mapToInt(JsonNode::asInt)
                    .toArray();

            assertThat(model.tokenizer().encode(text, false, true)).as(text).isEqualTo(ids);
            assertThat(model.tokenizer().encode(text, true, true)).as(text).isEqualTo(withBos);
            assertThat(processor.decode(List.of(ids, withBos), true))
                    .as(text)
                    .containsExactly(
                            row.get("decoded_skip_special").asString(),
                            row.get("decoded_skip_special").asString());
            assertThat(processor.decode(List.of(ids), false))
                    .as(text)
                    .containsExactly(row.get("decoded").asString());
        }
    }
}
