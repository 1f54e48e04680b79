package io.vlm4j.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A tiny random LLaVA-1.5 in F32 against transformers in float32 with eager attention: first with the reference's own
/// image features, then from pixels. The projector differs by llama.cpp's tanh-GELU, which `*_gelu_tanh` accounts for.
@Tag("native")
@Tag("model")
class ForwardGoldenTest {
    private static final double EXACT = 2e-5; // largest absolute difference
    private static final double LOSS = 1e-5;
    private static final double FEATURES = 1e-3; // relative L2
    private static final double END_TO_END = 2e-3; // relative L2
    private static final int WIDTH = 64;
    private static final int LAYERS = 3;

    private static Model model;
    private static ForwardPass pass;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.tinyLlava());
        Projector projector = model.openProjector(TestModels.tinyLlavaProjector());
        pass = ForwardPass.open(model, projector, ForwardOptions.exact());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void everythingOfOneExampleEqualsTransformers() {
        try (Golden golden = Golden.open("llava/single");
                ForwardOutput output = pass.forward(
                        withFeatures(golden, ""),
                        Outputs.of(Output.LOSS, Output.LOGITS, Output.HIDDEN_STATES, Output.ATTENTIONS))) {
            assertThat(output.loss()).isCloseTo(golden.floats("loss")[0], within(LOSS));
            assertClose(output.logits(), golden.floats("logits"));
            assertThat(output.hiddenStates()).hasSize(LAYERS + 1);
            for (int i = 0; i <= LAYERS; i++) {
                assertClose(output.hiddenStates().get(i), golden.floats("hidden_states." + i));
            }
            assertThat(output.attentions()).hasSize(LAYERS);
            for (int i = 0; i < LAYERS; i++) {
                assertThat(output.attentions().get(i).shape().dims()).containsExactly(1, 4, 61, 61);
                assertClose(output.attentions().get(i), golden.floats("attentions." + i));
            }
        }
    }

    @Test
    void twoPicturesInOnePromptEqualTransformers() {
        try (Golden golden = Golden.open("forward/two-images");
                ForwardOutput output = pass.forward(withFeatures(golden, ""), Outputs.of(Output.LOSS, Output.LOGITS))) {
            assertThat(output.loss()).isCloseTo(golden.floats("loss")[0], within(LOSS));
            assertClose(output.logits(), golden.floats("logits"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"left", "right"})
    void aPaddedBatchEqualsTransformersWhereThereIsNoPadding(String side) {
        try (Golden golden = Golden.open("forward/batch")) {
            ForwardInput input = GoldenInputs.batch(golden, side + ".", 3)
                    .images(GoldenInputs.features(batchFeatures(golden), WIDTH))
                    .build();
            try (ForwardOutput output = pass.forward(input, Outputs.of(Output.LOSS, Output.LOGITS))) {
                assertThat(output.loss()).isCloseTo(golden.floats(side + ".loss")[0], within(LOSS));
                assertThat(output.supervisedTokens()).containsExactly(golden.ints("example_tokens"));
                float[] losses = golden.floats("example_loss");
                for (int i = 0; i < 3; i++) {
                    assertThat(output.exampleLosses()[i]).isCloseTo(losses[i], within(LOSS));
                    float[] alone = golden.floats("example." + i + ".logits");
                    float[] padded = output.logits().slice(i).toFloatArray();
                    int padding = side.equals("left") ? padded.length - alone.length : 0;
                    assertThat(Differences.maxAbs(Arrays.copyOfRange(padded, padding, padding + alone.length), alone))
                            .isLessThan(EXACT);
                    assertThat(outside(padded, padding, padding + alone.length)).containsOnly(0f);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"left", "right"})
    void layersOfAPaddedBatchAreThoseOfItsExamplesAlone(String side) {
        try (Golden golden = Golden.open("forward/batch")) {
            float[] features = batchFeatures(golden);
            ForwardInput input = GoldenInputs.batch(golden, side + ".", 3)
                    .images(GoldenInputs.features(features, WIDTH))
                    .build();
            Outputs layers = Outputs.of(Output.HIDDEN_STATES, Output.ATTENTIONS);
            int size = GoldenInputs.ROWS * WIDTH;
            try (ForwardOutput batch = pass.forward(input, layers)) {
                for (int i = 0; i < 3; i++) {
                    ForwardInput example = GoldenInputs.example(golden, "example." + i + ".")
                            .images(GoldenInputs.features(
                                    Arrays.copyOfRange(features, i * size, (i + 1) * size), WIDTH))
                            .build();
                    int first = side.equals("left") ? input.length() - example.length() : 0;
                    try (ForwardOutput alone = pass.forward(example, layers)) {
                        for (int layer = 0; layer <= LAYERS; layer++) {
                            assertSameRows(
                                    batch.hiddenStates().get(layer).slice(i),
                                    alone.hiddenStates().get(layer).slice(0),
                                    first,
                                    0);
                        }
                        for (int head = 0; head < model.heads(); head++) {
                            assertSameRows(
                                    batch.attentions().get(1).slice(i).slice(head),
                                    alone.attentions().get(1).slice(0).slice(head),
                                    first,
                                    first);
                        }
                    }
                }
            }
        }
    }

    @Test
    void picturesAreSeenAsTransformersSeesThem() {
        try (Golden golden = Golden.open("llava/single");
                ForwardOutput output = pass.forward(
                        GoldenInputs.example(golden, "")
                                .images(GoldenInputs.pictures(golden.floats("pixel_values")))
                                .build(),
                        Outputs.of(
                                Output.LOSS,
                                Output.LOGITS,
                                Output.HIDDEN_STATES,
                                Output.IMAGE_FEATURES,
                                Output.VISION_HIDDEN_STATES,
                                Output.VISION_ATTENTIONS))) {
            assertThat(output.imageFeatures().shape().dims()).containsExactly(1, 16, 64);
            assertNear(output.imageFeatures(), golden.floats("image_features_gelu_tanh"), FEATURES);
            assertNear(output.imageFeatures(), golden.floats("image_features"), FEATURES);
            assertNear(output.logits(), golden.floats("logits_gelu_tanh"), END_TO_END);
            assertNear(output.logits(), golden.floats("logits"), END_TO_END);
            assertThat(output.loss()).isCloseTo(golden.floats("loss_gelu_tanh")[0], within(2e-3));
            for (int i = 0; i <= LAYERS; i++) {
                assertNear(output.hiddenStates().get(i), golden.floats("hidden_states." + i), END_TO_END);
            }
            assertThat(output.visionHiddenStates()).hasSize(3); // the projector takes the second to last layer's
            for (int i = 0; i < 3; i++) {
                assertNear(output.visionHiddenStates().get(i), golden.floats("vision_hidden_states." + i), END_TO_END);
            }
            assertThat(output.visionAttentions()).hasSize(2);
            for (int i = 0; i < 2; i++) {
                assertThat(output.visionAttentions().get(i).shape().dims()).containsExactly(1, 4, 17, 17);
                assertNear(output.visionAttentions().get(i), golden.floats("vision_attentions." + i), END_TO_END);
            }
        }
    }

    @Test
    void twoPicturesAreSeenInTheirOrder() {
        try (Golden golden = Golden.open("forward/two-images");
                ForwardOutput output = pass.forward(
                        GoldenInputs.example(golden, "")
                                .images(GoldenInputs.pictures(golden.floats("pixel_values")))
                                .build(),
                        Outputs.of(Output.LOSS, Output.LOGITS, Output.IMAGE_FEATURES))) {
            assertNear(output.imageFeatures(), golden.floats("image_features_gelu_tanh"), FEATURES);
            assertNear(output.logits(), golden.floats("logits"), END_TO_END);
            assertThat(output.loss()).isCloseTo(golden.floats("loss_gelu_tanh")[0], within(2e-3));
        }
    }

    @Test
    void aPaddedBatchOfPicturesEqualsTransformers() {
        try (Golden golden = Golden.open("forward/batch");
                ForwardOutput output = pass.forward(
                        GoldenInputs.batch(golden, "left.", 3)
                                .images(GoldenInputs.pictures(golden.floats("pixel_values")))
                                .build(),
                        Outputs.of(Output.LOSS, Output.LOGITS))) {
            assertThat(output.loss()).isCloseTo(golden.floats("left.loss")[0], within(2e-3));
            for (int i = 0; i < 3; i++) {
                float[] alone = golden.floats("example." + i + ".logits");
                float[] padded = output.logits().slice(i).toFloatArray();
                assertThat(Differences.relativeL2(
                                Arrays.copyOfRange(padded, padded.length - alone.length, padded.length), alone))
                        .isLessThan(END_TO_END);
            }
        }
    }

    private static ForwardInput withFeatures(Golden golden, String prefix) {
        return GoldenInputs.example(golden, prefix)
                .images(GoldenInputs.features(golden.floats("image_features"), WIDTH))
                .build();
    }

    private static float[] batchFeatures(Golden golden) {
        List<float[]> examples = List.of(
                golden.floats("example.0.vision_features"),
                golden.floats("example.1.vision_features"),
                golden.floats("example.2.vision_features"));
        float[] all = new float[3 * examples.getFirst().length];
        for (int i = 0; i < 3; i++) {
            System.arraycopy(examples.get(i), 0, all, i * examples.get(i).length, examples.get(i).length);
        }
        return GoldenInputs.projected(all, TestModels.tinyLlavaProjector());
    }

    private static void assertClose(Tensor actual, float[] reference) {
        assertThat(Differences.maxAbs(actual.toFloatArray(), reference)).isLessThan(EXACT);
    }

    private static void assertNear(Tensor actual, float[] reference, double tolerance) {
        assertThat(Differences.relativeL2(actual.toFloatArray(), reference)).isLessThan(tolerance);
    }

    /// That `alone` stands in `padded` from a row and column on, with zeros around it.
    private static void assertSameRows(Tensor padded, Tensor alone, int firstRow, int firstColumn) {
        for (int row = 0; row < padded.shape().dim(0); row++) {
            float[] found = padded.slice(row).toFloatArray();
            int own = row - firstRow;
            if (own < 0 || own >= alone.shape().dim(0)) {
                assertThat(found).containsOnly(0f);
                continue;
            }
            float[] expected = alone.slice(own).toFloatArray();
            assertThat(Arrays.copyOfRange(found, firstColumn, firstColumn + expected.length))
                    .containsExactly(expected);
            assertThat(Arrays.copyOf(found, firstColumn)).satisfies(before -> {
                for (float value : before) {
                    assertThat(value).isZero();
                }
            });
        }
    }

    private static float[] outside(float[] values, int from, int to) {
        float[] outside = new float[values.length - (to - from) + 1]; // one 0 at least
        System.arraycopy(values, 0, outside, 0, from);
        System.arraycopy(values, to, outside, from, values.length - to);
        return outside;
    }
}
