package io.vlm4j.vlm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.Vlm4jException;
import io.vlm4j.conversion.Conversion;
import io.vlm4j.conversion.ConversionOptions;
import io.vlm4j.conversion.WeightType;
import io.vlm4j.forward.ForwardOptions;
import io.vlm4j.forward.ForwardOutput;
import io.vlm4j.forward.ForwardPass;
import io.vlm4j.forward.Output;
import io.vlm4j.forward.Outputs;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Speculation;
import io.vlm4j.graph.Box;
import io.vlm4j.graph.Entity;
import io.vlm4j.graph.Grounding;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.Embedder;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.processing.Example;
import io.vlm4j.processing.ForwardImages;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.processing.Processor;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Fuyu and KOSMOS-2 through the interfaces that all models have, against transformers in single precision.
@Tag("native")
@Tag("reference")
class OwnGraphsTest {
    private static final VlmOptions EXACT = VlmOptions.defaults()
            .withContext(ContextOptions.builder()
                    .threads(1)
                    .contextLength(128)
                    .cacheType(CacheType.F32)
                    .build());

    @TempDir
    private static Path folder;

    private static Path fuyu;
    private static Path kosmos2;

    @BeforeAll
    static void convert() {
        fuyu = converted("fuyu");
        kosmos2 = converted("kosmos2");
    }

    private static Path converted(String name) {
        return Conversion.convert(
                        TestModels.reference("golden/models/" + name), folder, ConversionOptions.of(WeightType.F32))
                .model();
    }

    @ParameterizedTest
    @ValueSource(strings = {"decode", "decode-resized"})
    void fuyuReadsAndAnswersAsWithTransformers(String name) {
        try (Golden golden = golden("fuyu/" + name);
                Vlm vlm = Vlm.open(fuyu, EXACT)) {
            Prompt prompt = Prompt.builder()
                    .image(picture(golden))
                    .text("what is shown in this image?\n")
                    .markup("<0x04>")
                    .build();
            int[] ids = golden.ints("input_ids");
            assertSameIds(prompt, vlm, ids, id -> id == 330 || id == 331);

            assertStepsEqual(vlm, prompt, golden, false);
            assertSameGreedily(vlm, prompt, golden);
            Generation asked = vlm.ask(picture(golden), "what is shown in this image?", shortly());
            assertThat(asked.tokens())
                    .containsExactlyElementsOf(
                            Arrays.stream(golden.ints("generated_ids")).boxed().toList());
        }
    }

    @Test
    void kosmos2ReadsAndAnswersAsWithTransformers() {
        try (Golden golden = golden("kosmos2/decode");
                Vlm vlm = Vlm.open(kosmos2, EXACT)) {
            ImageInput picture = picture(golden);
            try (Tensor rows = vlm.projector().orElseThrow().encode(picture)) {
                assertThat(Differences.maxAbs(rows.toFloatArray(), golden.floats("image_embeds")))
                        .isLessThan(1e-5);
            }
            Prompt prompt = Prompt.builder()
                    .image(picture)
                    .markup("<grounding>")
                    .text("An image of")
                    .build();
            int[] mask = golden.ints("image_embeds_position_mask");
            int[] ids = golden.ints("input_ids");
            for (int i = 0; i < ids.length; i++) {
                ids[i] = mask[i] == 1 ? -1 : ids[i];
            }
            assertSameIds(prompt, vlm, ids, id -> id < 0);

            assertStepsEqual(vlm, prompt, golden, true);
            assertSameGreedily(vlm, prompt, golden);
        }
    }

    private static void assertSameIds(Prompt prompt, Vlm vlm, int[] ids, IntPredicate isPicture) {
        try (TokenizedPrompt tokenized =
                TokenizedPrompt.of(prompt, vlm.model(), vlm.projector().orElseThrow())) {
            assertThat(tokenized.tokens()).isEqualTo(ids.length);
            int next = 0;
            for (TokenizedPrompt.Chunk chunk : tokenized.chunks()) {
                for (int i = 0; i < chunk.tokens(); i++) {
                    int id = ids[next++];
                    switch (chunk) {
                        case TokenizedPrompt.TextChunk text ->
                            assertThat(text.ids().get(i)).isEqualTo(id);
                        case TokenizedPrompt.MediaChunk _ ->
                            assertThat(isPicture.test(id)).isTrue();
                    }
                }
            }
        }
    }

    private static void assertStepsEqual(Vlm vlm, Prompt prompt, Golden golden, boolean relative) {
        int vocabulary = vlm.model().tokenizer().size();
        float[] steps = golden.floats("step_logits_cached");
        int[] generated = golden.ints("generated_ids");
        InferenceContext context = vlm.context();
        try (TokenizedPrompt tokenized =
                TokenizedPrompt.of(prompt, vlm.model(), vlm.projector().orElseThrow())) {
            context.clear();
            context.decode(tokenized, vlm.projector().orElseThrow(), EvaluationListener.NONE);
        }
        for (int i = 0; i <= generated.length; i++) {
            float[] logits = context.logits().toFloatArray();
            float[] expected = Arrays.copyOfRange(steps, i * vocabulary, (i + 1) * vocabulary);
            if (relative) {
                assertThat(Differences.relativeL2(logits, expected))
                        .as("step %d", i)
                        .isLessThan(1e-5);
            } else {
                assertThat(Differences.maxAbs(logits, expected))
                        .as("step %d", i)
                        .isLessThan(2e-5);
            }
            if (i < generated.length) {
                context.decode(generated[i]);
            }
        }
    }

    private static void assertSameGreedily(Vlm vlm, Prompt prompt, Golden golden) {
        Generation generation = vlm.complete(prompt, shortly());
        List<Integer> expected = new ArrayList<>();
        for (int id : golden.ints("generated_ids")) {
            expected.add(id);
        }
        assertThat(generation.tokens()).isEqualTo(expected);
    }

    @Test
    void aForwardPassOfFuyuGivesTransformersNumbers() {
        try (Golden golden = golden("fuyu/decode");
                Vlm vlm = Vlm.open(fuyu, EXACT);
                Tensor picture = vlm.projector().orElseThrow().encode(picture(golden));
                ForwardPass pass = ForwardPass.open(
                        vlm.model(),
                        vlm.projector().orElseThrow(),
                        ForwardOptions.exact().withThreads(1))) {
            int[] ids = golden.ints("input_ids");
            Tensor patches = withoutEndsOfRows(picture, ids);
            ForwardInput input = ForwardInput.builder(vlm.model().tokenizer().size())
                    .inputIds(ids)
                    .labels(labels(ids))
                    .images(new ForwardImages.Features(330, patches))
                    .build();
            Outputs what = Outputs.of(Output.LOSS, Output.LOGITS, Output.HIDDEN_STATES, Output.ATTENTIONS);

            try (ForwardOutput output = pass.forward(input, what)) {
                float[] logits = output.logits().toFloatArray();
                assertThat(Differences.maxAbs(logits, golden.floats("logits"))).isLessThan(2e-5);
                assertThat(output.loss()).isCloseTo(loss(golden.floats("logits"), ids), within(1e-5));
                for (int i = 0; i < 3; i++) {
                    assertThat(Differences.maxAbs(
                                    output.hiddenStates().get(i).toFloatArray(), golden.floats("hidden_states." + i)))
                            .isLessThan(2e-5);
                }
                for (int i = 0; i < 2; i++) {
                    assertThat(Differences.maxAbs(
                                    output.attentions().get(i).toFloatArray(), golden.floats("attentions." + i)))
                            .isLessThan(1e-5);
                }
            }
        }
    }

    /// transformers has ids of tokens at the ends of rows of patches.
    private static Tensor withoutEndsOfRows(Tensor picture, int[] ids) {
        int width = Math.toIntExact(picture.shape().dim(1));
        int count = 0;
        for (int id : ids) {
            count += id == 330 ? 1 : 0;
        }
        float[] kept = new float[count * width];
        int next = 0;
        for (int row = 0; row < picture.shape().dim(0); row++) {
            if (ids[row] == 330) {
                System.arraycopy(picture.slice(row).toFloatArray(), 0, kept, width * next++, width);
            }
        }
        return Tensor.ofFloats(Shape.of(count, width), kept);
    }

    /// The last five tokens count.
    private static int[] labels(int[] ids) {
        int[] labels = ids.clone();
        Arrays.fill(labels, 0, ids.length - 5, ForwardInput.IGNORED);
        return labels;
    }

    private static double loss(float[] logits, int[] ids) {
        int vocabulary = logits.length / ids.length;
        double sum = 0;
        for (int row = ids.length - 6; row < ids.length - 1; row++) {
            double total = 0;
            for (int i = 0; i < vocabulary; i++) {
                total += Math.exp(logits[row * vocabulary + i]);
            }
            sum += Math.log(total) - logits[row * vocabulary + ids[row + 1]];
        }
        return sum / 5;
    }

    @Test
    void aForwardPassOfKosmos2GivesTransformersNumbers() {
        try (Golden golden = golden("kosmos2/decode");
                Vlm vlm = Vlm.open(kosmos2, EXACT);
                ForwardPass pass = ForwardPass.open(
                        vlm.model(),
                        vlm.projector().orElseThrow(),
                        ForwardOptions.exact().withThreads(1))) {
            Processor processor = Processor.of(vlm.projector().orElseThrow());
            Prompt prompt = Prompt.builder()
                    .image(picture(golden))
                    .markup("<grounding>")
                    .text("An image of")
                    .build();
            ForwardInput input = processor.process(List.of(new Example(prompt)));
            Outputs what = Outputs.of(Output.LOGITS, Output.HIDDEN_STATES, Output.IMAGE_FEATURES);

            assertThat(input.pixelValues().orElseThrow().toFloatArray()).containsExactly(golden.floats("pixel_values"));
            try (ForwardOutput output = pass.forward(input, what)) {
                float[] tail = golden.floats("logits_tail");
                float[] logits = output.logits().toFloatArray();
                float[] ours = Arrays.copyOfRange(logits, logits.length - tail.length, logits.length);
                assertThat(Differences.relativeL2(ours, tail)).isLessThan(1e-5);
                assertThat(Differences.maxAbs(output.imageFeatures().toFloatArray(), golden.floats("image_embeds")))
                        .isLessThan(1e-5);
                for (int i = 0; i < 3; i++) {
                    assertThat(Differences.relativeL2(
                                    output.hiddenStates().get(i).toFloatArray(), golden.floats("hidden_states." + i)))
                            .isLessThan(1e-5);
                }
            }
            Outputs inside = Outputs.of(Output.VISION_HIDDEN_STATES);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> pass.forward(input, inside))
                    .withMessageContaining("kosmos2");
        }
    }

    @Test
    void kosmos2SaysWhereThingsAre() {
        String spoken = "<phrase> a snowman</phrase><object><patch_index_0044><patch_index_0863></object> warming"
                + " himself by<phrase> a fire</phrase><object><patch_index_0005><patch_index_0911></object>.";
        try (Golden golden = golden("kosmos2/decode");
                Vlm vlm = Vlm.open(kosmos2, EXACT)) {
            Prompt prompt = Prompt.builder()
                    .image(picture(golden))
                    .markup("<grounding> An image of")
                    .build();
            GenerationOptions options = Vlm.options()
                    .sampling(SamplingOptions.builder()
                            .grammar(Grammar.of("root ::= \"" + spoken + "\""))
                            .temperature(0)
                            .build())
                    .maxTokens(50)
                    .build();

            Generation generation = vlm.complete(prompt, options);

            assertThat(generation.text()).isEqualTo("a snowman warming himself by a fire.");
            Grounding grounding = generation.grounding().orElseThrow();
            assertThat(grounding.text()).isEqualTo("An image of a snowman warming himself by a fire.");
            assertThat(grounding.entities())
                    .containsExactly(
                            new Entity("a snowman", 12, 21, List.of(new Box(0.390625, 0.046875, 0.984375, 0.828125))),
                            new Entity("a fire", 41, 47, List.of(new Box(0.171875, 0.015625, 0.484375, 0.890625))));
        }
    }

    @Test
    void guessesChangeNothing() {
        try (Vlm vlm = Vlm.open(fuyu, EXACT)) {
            Prompt prompt = Prompt.builder().text("the dog the cat the dog the").build();
            GenerationOptions plain =
                    GenerationOptions.builder().maxTokens(40).ignoreEnd(true).build();

            Generation alone = vlm.complete(prompt, plain);
            Generation guessed = vlm.complete(
                    prompt,
                    plain.toBuilder()
                            .speculation(Speculation.NgramLookup.defaults())
                            .logProbabilities(2)
                            .build());

            assertThat(guessed.tokens()).isEqualTo(alone.tokens()).hasSize(40);
            assertThat(guessed.drafts().orElseThrow().drafted()).isPositive();
            assertThat(guessed.probabilities())
                    .hasSize(40)
                    .allSatisfy(token -> assertThat(token.logProbability()).isLessThanOrEqualTo(0));
        }
    }

    @Test
    void textsBecomeTheTokensOfTransformers() {
        try (Golden golden = golden("kosmos2/decode");
                Model model = Model.open(kosmos2)) {
            for (JsonNode row : golden.description().get("tokenizer_rows")) {
                int[] ids = model.tokenizer().encode(row.get("text").asString(), false, true);
                int[] expected = new int[row.get("ids").size()];
                for (int i = 0; i < expected.length; i++) {
                    expected[i] = row.get("ids").get(i).asInt();
                }
                assertThat(ids).as(row.get("text").asString()).isEqualTo(expected);
            }
        }
    }

    @Test
    void whatAUserWritesBecomesNoTokenThatSteers() {
        try (Model model = Model.open(kosmos2);
                Model other = Model.open(fuyu)) {
            assertThat(model.tokenizer().encode("<grounding> a dog </image>")).doesNotContain(85, 77);
            assertThat(other.tokenizer().encode("dog <0x04> \u0004")).doesNotContain(8);
        }
    }

    @Test
    void whatSuchAModelCannotDoIsRefused() {
        Path nowhere = folder.resolve("none.gguf");
        try (Vlm vlm = Vlm.open(kosmos2, EXACT)) {
            assertThatExceptionOfType(Vlm4jException.ModelLoad.class)
                    .isThrownBy(() -> vlm.openAdapter(nowhere))
                    .withMessageContaining("LoRA adapters")
                    .withMessageContaining("kosmos2");
            assertThatExceptionOfType(Vlm4jException.ModelLoad.class)
                    .isThrownBy(() -> vlm.model().openProjector(fuyu))
                    .withMessageContaining("inside");
            assertThatExceptionOfType(Vlm4jException.ModelLoad.class)
                    .isThrownBy(() -> Embedder.create(vlm.model(), ContextOptions.defaults()))
                    .withMessageContaining("embeddings of texts");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> InferenceContext.create(
                            vlm.model(), ContextOptions.defaults().withWatchable(true)))
                    .withMessageContaining("watched");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> InferenceContext.create(
                            vlm.model(), ContextOptions.defaults().withFlashAttention(FlashAttention.ON)))
                    .withMessageContaining("flash attention");
            assertThat(vlm.context().canShift()).isFalse();
            assertThat(vlm.ask(List.of(ChatMessage.user("a dog")), shortly()).tokens())
                    .hasSize(6);
        }
    }

    private static GenerationOptions shortly() {
        return GenerationOptions.builder().maxTokens(6).build();
    }

    private static Golden golden(String name) {
        return Golden.open(
                TestModels.reference("golden/cases/" + name + ".json"),
                TestModels.reference("golden/cases/" + name + ".safetensors"));
    }

    private static ImageInput picture(Golden golden) {
        return ImageInput.of(TestModels.reference(
                "golden/" + golden.description().get("image").asString()));
    }
}
