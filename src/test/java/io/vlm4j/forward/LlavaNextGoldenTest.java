package io.vlm4j.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.Tiling;
import io.vlm4j.processing.Example;
import io.vlm4j.processing.ForwardImages;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.processing.ImageProcessor;
import io.vlm4j.processing.Processor;
import io.vlm4j.processing.ProcessorOptions;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// A tiny random LLaVA-NeXT in F32 against transformers in float32: tiles, ids, what fills their positions, logits.
@Tag("native")
@Tag("model")
class LlavaNextGoldenTest {
    private static final double GIVEN_FEATURES = 5e-5; // largest absolute difference, as the reference allows
    private static final double END_TO_END = 1e-3; // relative L2
    private static final int WIDTH = 64;
    private static final int STEPS = 12;
    private static final int PLACE = ProcessorOptions.ORIGINAL_LLAVA; // of an image row

    private static Model model;
    private static Projector projector;
    private static ForwardPass pass;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.tinyLlavaNext());
        projector = model.openProjector(TestModels.tinyLlavaNextProjector());
        pass = ForwardPass.open(model, projector, ForwardOptions.exact());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static ImageInput picture(JsonNode name) {
        return ImageInput.of(Golden.resource(
                "processing/" + Path.of(name.asString()).getFileName().toString()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"40x30", "150x40"})
    void aPictureIsSeenAsTransformersSeesIt(String name) {
        try (Golden golden = Golden.open("llava-next/" + name)) {
            assertSeen(golden, picture(golden.description().get("image")), model, projector);
        }
    }

    @Tag("reference")
    @ParameterizedTest
    @ValueSource(strings = {"100x70", "70x100", "150x40", "sq56", "40x30", "131x120"})
    void picturesOfEveryShapeAreSeenAsTransformersSeesThem(String name) {
        try (Golden golden = Golden.open(
                TestModels.reference("golden/cases/llava-next/" + name + ".json"),
                TestModels.reference("golden/cases/llava-next/" + name + ".safetensors"))) {
            Path image = TestModels.reference(
                    "golden/" + golden.description().get("image").asString());
            assertSeen(golden, ImageInput.of(image), model, projector);
        }
    }

    /// Everything of one case.
    static void assertSeen(Golden golden, ImageInput image, Model model, Projector projector) {
        JsonNode about = golden.description();
        Prompt prompt = Prompt.parse(about.get("prompt").asString(), image);
        ForwardInput input = Processor.of(projector)
                .process(Example.of(prompt, about.get("answer").asString()));
        float[] pixels = golden.floats("pixel_values");
        float[] features = golden.floats("image_features");
        float[] logits = golden.floats("logits");

        assertThat(input.inputIds().toIntArray()).isEqualTo(golden.ints("input_ids"));
        assertThat(input.labels().orElseThrow().toIntArray()).isEqualTo(golden.ints("labels"));
        assertThat(input.imageSizes().orElseThrow().toIntArray()).isEqualTo(golden.ints("image_sizes"));
        assertThat(Differences.maxAbs(input.pixelValues().orElseThrow().toFloatArray(), pixels))
                .isZero();

        try (ForwardPass forward = ForwardPass.open(model, projector, ForwardOptions.exact())) {
            try (ForwardOutput output =
                    forward.forward(input, Outputs.of(Output.LOSS, Output.LOGITS, Output.IMAGE_FEATURES))) {
                assertThat(output.imageFeatures().shape())
                        .isEqualTo(Shape.of(about.get("image_tokens").asInt(), WIDTH));
                assertThat(Differences.relativeL2(output.imageFeatures().toFloatArray(), features))
                        .isLessThan(END_TO_END);
                assertThat(Differences.relativeL2(output.logits().toFloatArray(), logits))
                        .isLessThan(END_TO_END);
                assertThat(output.loss()).isCloseTo(golden.floats("loss")[0], within(2e-3));
            }
            ForwardInput given = GoldenInputs.example(golden, "")
                    .images(GoldenInputs.features(features, WIDTH))
                    .build();
            try (ForwardOutput output = forward.forward(given, Outputs.of(Output.LOSS, Output.LOGITS))) {
                assertThat(Differences.maxAbs(output.logits().toFloatArray(), logits))
                        .isLessThan(GIVEN_FEATURES);
                assertThat(output.loss()).isCloseTo(golden.floats("loss")[0], within(1e-5));
            }
            try (Tensor encoded = projector.encode(image)) {
                assertThat(Differences.relativeL2(encoded.toFloatArray(), features))
                        .isLessThan(END_TO_END);
            }
            assertEvaluated(prompt, given, model, projector, forward);
        }
    }

    /// As generation evaluates a prompt: logits behind it, and what is said then.
    private static void assertEvaluated(
            Prompt prompt, ForwardInput reference, Model model, Projector projector, ForwardPass forward) {
        ContextOptions exact = ContextOptions.builder()
                .batchSize(32) // so that a picture is evaluated in pieces
                .cacheType(CacheType.F32)
                .flashAttention(FlashAttention.OFF)
                .build();
        try (InferenceContext context = InferenceContext.create(model, exact);
                TokenizedPrompt tokenized = TokenizedPrompt.of(prompt, model, projector)) {
            int[] ids = Arrays.stream(reference.inputIds().toIntArray())
                    .limit(tokenized.tokens())
                    .map(id -> id == GoldenInputs.IMAGE_TOKEN ? PLACE : id) // the model may say the image token
                    .toArray();
            ForwardImages features = new ForwardImages.Features(
                    PLACE, ((ForwardImages.Features) reference.images().orElseThrow()).features());
            assertThat(tokenized.chunks().stream().filter(TokenizedPrompt.MediaChunk.class::isInstance))
                    .hasSize(1);
            assertThat(tokenized.positions()).isEqualTo(tokenized.tokens());
            context.decode(tokenized, projector, EvaluationListener.NONE);
            assertThat(Differences.relativeL2(context.logits().toFloatArray(), last(forward, features, ids)))
                    .isLessThan(END_TO_END);

            Generation generation = new Generator(context, projector)
                    .generate(
                            prompt,
                            GenerationOptions.builder()
                                    .sampling(SamplingOptions.greedy())
                                    .maxTokens(STEPS)
                                    .build());
            assertThat(generation.tokens()).isNotEmpty();
            assertThat(generation.tokens())
                    .isEqualTo(greedy(forward, features, ids)
                            .subList(0, generation.tokens().size()));
        }
    }

    private static List<Integer> greedy(ForwardPass forward, ForwardImages features, int... prompt) {
        List<Integer> tokens = new ArrayList<>();
        int[] ids = prompt;
        for (int step = 0; step < STEPS; step++) {
            float[] logits = last(forward, features, ids);
            int best = 0;
            for (int i = 1; i < logits.length; i++) {
                best = logits[i] > logits[best] ? i : best;
            }
            tokens.add(best);
            ids = Arrays.copyOf(ids, ids.length + 1);
            ids[ids.length - 1] = best;
        }
        return tokens;
    }

    private static float[] last(ForwardPass forward, ForwardImages features, int... ids) {
        ForwardInput input = ForwardInput.builder(GoldenInputs.VOCABULARY)
                .inputIds(Tensor.ofInts(Shape.of(1, ids.length), ids))
                .images(features)
                .build();
        try (ForwardOutput output =
                forward.forward(input, Outputs.of(Output.LOGITS).withLogitsBetween(ids.length - 1, ids.length))) {
            return output.logits().toFloatArray();
        }
    }

    @Test
    void picturesOfDifferentSizesInOnePromptEqualTransformers() {
        try (Golden golden = Golden.open("llava-next/two-images")) {
            JsonNode about = golden.description();
            ImageInput[] images = about.get("images")
                    .valueStream()
                    .map(LlavaNextGoldenTest::picture)
                    .toArray(ImageInput[]::new);
            ForwardInput input =
                    Processor.of(projector).process(about.get("prompt").asString(), images);

            assertThat(input.inputIds().toIntArray()).isEqualTo(golden.ints("input_ids"));
            assertThat(input.imageSizes().orElseThrow().toIntArray()).isEqualTo(golden.ints("image_sizes"));
            assertThat(input.images().orElseThrow())
                    .isInstanceOfSatisfying(ForwardImages.TiledPictures.class, pictures -> {
                        assertThat(pictures.tiles()).containsExactly(5, 4);
                        assertThat(pictures.rowsPerImage()).containsExactly(70, 68);
                    });
            try (ForwardOutput output = pass.forward(
                    input,
                    Outputs.of(Output.LOGITS, Output.IMAGE_FEATURES, Output.VISION_HIDDEN_STATES)
                            .withLogitsBetween(input.length() - 16, input.length()))) {
                assertThat(Differences.relativeL2(
                                output.imageFeatures().toFloatArray(), golden.floats("image_features")))
                        .isLessThan(END_TO_END);
                assertThat(Differences.relativeL2(output.logits().toFloatArray(), golden.floats("logits_tail")))
                        .isLessThan(END_TO_END);
                assertThat(output.visionHiddenStates().getFirst().shape()).isEqualTo(Shape.of(9, 17, 64));
            }
            try (ForwardPass fast = ForwardPass.open(model, projector, ForwardOptions.fast());
                    ForwardOutput output = fast.forward(input, Outputs.of(Output.IMAGE_FEATURES))) {
                assertThat(Differences.relativeL2(
                                output.imageFeatures().toFloatArray(), golden.floats("image_features")))
                        .isLessThan(END_TO_END);
            }
        }
    }

    @Test
    void theFileSaysThatTilesAreMerged() {
        assertThat(projector.tiling()).isEqualTo(new Tiling(Tiling.Kind.MERGED, ""));
    }

    @Test
    void squaresCannotBeAskedForInstead() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Processor.of(projector, ProcessorOptions.defaults().withImages(ImageProcessor.clip(56))))
                .withMessageContaining("tiles");
    }

    @Test
    void tilesThatDoNotFitTheSizeAreRefused() {
        ForwardInput input = Processor.of(projector)
                .process("<image>\nred?", ImageInput.of(Golden.resource("processing/40x30.png")));
        ForwardImages.TiledPictures pictures =
                (ForwardImages.TiledPictures) input.images().orElseThrow();
        ForwardInput other = ForwardInput.builder(GoldenInputs.VOCABULARY)
                .inputIds(input.inputIds())
                .images(new ForwardImages.TiledPictures(
                        pictures.imageToken(),
                        pictures.tiles(),
                        pictures.rowsPerImage(),
                        Tensor.ofInts(Shape.of(1, 2), 70, 100),
                        pictures.pixelValues(),
                        pictures.pixels()))
                .build();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> pass.forward(other, Outputs.of(Output.LOGITS)))
                .withMessageContaining("100x70 pixels has 5 tiles and takes 70 positions, not 3 and 44");
    }
}
