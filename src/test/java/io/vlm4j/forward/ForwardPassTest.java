package io.vlm4j.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.Safetensors;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.inference.LayerConsumer;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.processing.ForwardImages;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a forward pass gives out and what it refuses.
@Tag("native")
@Tag("model")
class ForwardPassTest {
    private static Model model;
    private static Projector projector;
    private static ForwardPass pass;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.tinyLlava());
        projector = model.openProjector(TestModels.tinyLlavaProjector());
        pass = ForwardPass.open(model, projector, ForwardOptions.exact());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static int[] tokens(int count) {
        return new Random(7).ints(count, 10, GoldenInputs.VOCABULARY).toArray();
    }

    private static ForwardInput text(int count) {
        int[] ids = tokens(count);
        return ForwardInput.builder(GoldenInputs.VOCABULARY)
                .inputIds(ids)
                .labels(ids)
                .build();
    }

    private static ForwardInput withPicture() {
        try (Golden golden = Golden.open("llava/single")) {
            return GoldenInputs.example(golden, "")
                    .images(GoldenInputs.pictures(golden.floats("pixel_values")))
                    .build();
        }
    }

    @Test
    void logitsOfSomePositionsAreThoseOfAll() {
        ForwardInput input = text(20);
        try (ForwardOutput all = pass.forward(input, Outputs.of(Output.LOGITS));
                ForwardOutput some =
                        pass.forward(input, Outputs.of(Output.LOGITS).withLogitsBetween(17, Integer.MAX_VALUE))) {
            assertThat(some.logits().shape().dims()).containsExactly(1, 3, GoldenInputs.VOCABULARY);
            for (int i = 0; i < 3; i++) {
                assertThat(some.logits().slice(0).slice(i).toFloatArray())
                        .containsExactly(all.logits().slice(0).slice(17 + i).toFloatArray());
            }
        }
    }

    /// Longer than a piece, against one token after the other.
    @Test
    void longExamplesEqualTokenByTokenEvaluation() {
        int[] ids = tokens(700);
        ForwardInput input =
                ForwardInput.builder(GoldenInputs.VOCABULARY).inputIds(ids).build();
        ContextOptions exact = ContextOptions.builder()
                .cacheType(CacheType.F32)
                .flashAttention(FlashAttention.OFF)
                .threads(1)
                .build();
        try (InferenceContext context = InferenceContext.create(model, exact);
                ForwardOutput output =
                        pass.forward(input, Outputs.of(Output.LOGITS, Output.HIDDEN_STATES, Output.ATTENTIONS))) {
            for (int i = 0; i < ids.length; i++) {
                context.decode(ids[i]);
                if (i % 100 == 99 || i == 511 || i == 512) {
                    assertThat(Differences.maxAbs(
                                    output.logits().slice(0).slice(i).toFloatArray(),
                                    context.logits().toFloatArray()))
                            .isLessThan(5e-5);
                }
            }
            Tensor head = output.attentions().get(2).slice(0).slice(1);
            for (int query : new int[] {0, 511, 512, 699}) {
                float[] row = head.slice(query).toFloatArray();
                double sum = 0;
                for (int key = 0; key <= query; key++) {
                    sum += row[key];
                }
                assertThat(sum).isBetween(1 - 1e-5, 1 + 1e-5);
                assertThat(Arrays.copyOfRange(row, query + 1, row.length + 1)).containsOnly(0f);
            }
            assertThat(output.hiddenStates().getLast().slice(0).slice(699).toFloatArray())
                    .isNotEqualTo(new float[64]);
        }
    }

    @Test
    void streamedLayersAreThoseThatAreKept() {
        ForwardInput input = text(600);
        Outputs layers = Outputs.of(Output.HIDDEN_STATES, Output.ATTENTIONS);
        List<String> pieces = new ArrayList<>();
        try (ForwardOutput kept = pass.forward(input, layers)) {
            LayerConsumer comparing = new LayerConsumer() {
                @Override
                public void onHiddenState(int example, int layer, int position, Tensor rows) {
                    pieces.add("h" + layer + "@" + position + rows.shape());
                    for (int i : new int[] {0, (int) rows.shape().dim(0) - 1}) {
                        assertThat(rows.slice(i).toFloatArray())
                                .containsExactly(kept.hiddenStates()
                                        .get(layer)
                                        .slice(example)
                                        .slice(position + i)
                                        .toFloatArray());
                    }
                }

                @Override
                public void onAttention(int example, int layer, int position, Tensor weights) {
                    pieces.add("a" + layer + "@" + position + weights.shape());
                    int keys = (int) weights.shape().dim(2);
                    for (int head = 0; head < weights.shape().dim(0); head++) {
                        float[] row = kept.attentions()
                                .get(layer)
                                .slice(example)
                                .slice(head)
                                .slice(position + 5)
                                .toFloatArray();
                        assertThat(weights.slice(head).slice(5).toFloatArray())
                                .containsExactly(Arrays.copyOf(row, keys));
                    }
                }
            };
            try (ForwardOutput streamed = pass.forward(input, layers.streaming(comparing))) {
                assertThatThrownBy(streamed::hiddenStates).isInstanceOf(IllegalStateException.class);
                assertThat(streamed.tensors()).isEmpty();
            }
        }
        assertThat(pieces)
                .containsExactly(
                        "h0@0[512, 64]",
                        "a0@0[4, 512, 512]",
                        "h1@0[512, 64]",
                        "a1@0[4, 512, 512]",
                        "h2@0[512, 64]",
                        "a2@0[4, 512, 512]",
                        "h3@0[512, 64]",
                        "h0@512[88, 64]",
                        "a0@512[4, 88, 600]",
                        "h1@512[88, 64]",
                        "a1@512[4, 88, 600]",
                        "h2@512[88, 64]",
                        "a2@512[4, 88, 600]",
                        "h3@512[88, 64]");
    }

    @Test
    void whatAConsumerThrowsIsThrownAndThePassGoesOn() {
        LayerConsumer failing = new LayerConsumer() {
            @Override
            public void onHiddenState(int example, int layer, int position, Tensor rows) {
                throw new UnsupportedOperationException("layer " + layer);
            }
        };
        Outputs hidden = Outputs.of(Output.HIDDEN_STATES);

        assertThatThrownBy(() -> pass.forward(text(5), hidden.streaming(failing)))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("layer 0");
        try (ForwardOutput output = pass.forward(text(5), hidden)) {
            assertThat(output.hiddenStates()).hasSize(4);
        }
    }

    @Test
    void fastDiffersLittleAndSeesPicturesToo() {
        Outputs wanted = Outputs.of(Output.LOSS, Output.LOGITS, Output.HIDDEN_STATES, Output.IMAGE_FEATURES);
        try (ForwardPass fast = ForwardPass.open(model, projector, ForwardOptions.fast());
                ForwardOutput expected = pass.forward(withPicture(), wanted);
                ForwardOutput actual = fast.forward(withPicture(), wanted)) {
            assertThat(Differences.relativeL2(
                            actual.logits().toFloatArray(), expected.logits().toFloatArray()))
                    .isLessThan(1e-2);
            assertThat(Differences.relativeL2(
                            actual.imageFeatures().toFloatArray(),
                            expected.imageFeatures().toFloatArray()))
                    .isLessThan(1e-2);
        }
    }

    @Test
    void outputsOutliveTheirPassAndAreFilesForOthers(@TempDir Path folder) {
        ForwardOutput output;
        try (ForwardPass other = ForwardPass.open(model, ForwardOptions.exact())) {
            output = other.forward(text(4), Outputs.of(Output.LOSS, Output.LOGITS, Output.HIDDEN_STATES));
        }
        try (output) {
            output.saveSafetensors(folder.resolve("out.safetensors"));
            output.saveNpy(folder);
            assertThat(folder.resolve("hidden_states.3.npy")).isNotEmptyFile();
            try (Safetensors read = Safetensors.open(folder.resolve("out.safetensors"))) {
                assertThat(read.names())
                        .containsExactly(
                                "loss",
                                "logits",
                                "hidden_states.0",
                                "hidden_states.1",
                                "hidden_states.2",
                                "hidden_states.3");
                assertThat(read.tensor("logits").toFloatArray())
                        .containsExactly(output.logits().toFloatArray());
                assertThat(read.tensor("loss").getFloat()).isEqualTo((float) output.loss());
            }
        }
        Tensor logits = output.logits();
        assertThatThrownBy(logits::toFloatArray).isInstanceOf(IllegalStateException.class);
        output.close();
    }

    @Test
    void whatWasNotAskedForIsNotThere() {
        try (ForwardOutput output = pass.forward(text(4), Outputs.of(Output.LOGITS))) {
            assertThatThrownBy(output::loss)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("LOSS");
            assertThatThrownBy(output::attentions).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aClosedPassRefuses() {
        ForwardPass other = ForwardPass.open(model, ForwardOptions.exact());
        other.close();
        other.close();

        assertThatThrownBy(() -> other.forward(text(4), Outputs.of(Output.LOGITS)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void aPassClosesWithItsModel() {
        Model own = Model.open(TestModels.tinyLlava());
        ForwardPass other = ForwardPass.open(own, ForwardOptions.exact());
        other.forward(text(4), Outputs.of(Output.HIDDEN_STATES)).close();
        own.close();

        assertThatThrownBy(() -> other.forward(text(4), Outputs.of(Output.LOGITS)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void aPassInsideAPassIsRefused() {
        LayerConsumer nested = new LayerConsumer() {
            @Override
            public void onHiddenState(int example, int layer, int position, Tensor rows) {
                pass.close();
            }
        };

        assertThatThrownBy(() ->
                        pass.forward(text(4), Outputs.of(Output.HIDDEN_STATES).streaming(nested)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("one thread at a time");
    }

    @Test
    void badInputIsRefusedByName() {
        int[] ids = tokens(6);
        ForwardInput.Builder builder =
                ForwardInput.builder(GoldenInputs.VOCABULARY).inputIds(ids);
        assertRefused(() -> builder.labels(1, 2).build(), "labels", "[1, 2]");
        assertRefused(() -> builder.labels(1, 2, 3, 4, 5, 330).build(), "labels", "330");
        assertRefused(
                () -> pass.forward(ForwardInput.builder(100).inputIds(1, 2).build(), Outputs.of(Output.LOGITS)),
                "vocabulary of 100",
                "330");
        assertRefused(
                () -> pass.forward(ForwardInput.builder(330).inputIds(ids).build(), Outputs.of(Output.LOSS)), "labels");
        assertRefused(
                () -> pass.forward(
                        ForwardInput.builder(330).inputIds(1, 2).labels(1, -100).build(), Outputs.of(Output.LOSS)),
                "no label counts");
        assertRefused(
                () -> pass.forward(text(6), Outputs.of(Output.LOGITS).withLogitsBetween(6, 7)), "position 6", "of 6");
        assertRefused(() -> Outputs.of(Output.LOGITS).withLogitsBetween(6, 6), "from position 6 to 6");
        assertRefused(
                () -> pass.forward(
                        ForwardInput.builder(330)
                                .inputIds(1, 2, 3)
                                .positionIds(Tensor.ofInts(Shape.of(1, 3), 0, 2, 3))
                                .build(),
                        Outputs.of(Output.LOGITS)),
                "positionIds of example 0 go from 0 to 2 at position 1");
        assertRefused(
                () -> pass.forward(
                        ForwardInput.builder(330)
                                .inputIds(1, 2, 3)
                                .attentionMask(Tensor.ofInts(Shape.of(1, 3), 1, 0, 1))
                                .build(),
                        Outputs.of(Output.LOGITS)),
                "0 at position 1 and 1 again at 2");
    }

    @Test
    void picturesOfAnotherSizeAreRefused() {
        int[] ids = new int[17];
        Arrays.fill(ids, GoldenInputs.IMAGE_TOKEN);
        ids[16] = 20;
        ForwardInput input = ForwardInput.builder(GoldenInputs.VOCABULARY)
                .inputIds(ids)
                .images(new ForwardImages.Pictures(
                        GoldenInputs.IMAGE_TOKEN,
                        16,
                        Tensor.ofFloats(Shape.of(1, 3, 40, 30), new float[3600]),
                        Tensor.ofBytes(Shape.of(1, 40, 30, 3), new byte[3600])))
                .build();

        assertRefused(() -> pass.forward(input, Outputs.of(Output.LOGITS)), "30x40", "56x56");
        try (ForwardPass blind = ForwardPass.open(model, ForwardOptions.exact())) {
            assertRefused(() -> blind.forward(withPicture(), Outputs.of(Output.LOGITS)), "without a projector");
        }
    }

    @Test
    void imageRowsOfAnotherWidthAreRefused() {
        ForwardInput input = ForwardInput.builder(GoldenInputs.VOCABULARY)
                .inputIds(GoldenInputs.IMAGE_TOKEN, 20)
                .images(GoldenInputs.features(new float[48], 48))
                .build();

        assertRefused(() -> pass.forward(input, Outputs.of(Output.LOGITS)), "48 wide", "64");
        assertRefused(() -> pass.forward(text(3), Outputs.of(Output.VISION_ATTENTIONS)), "no images");
    }

    @Test
    void attentionsOfAFastPassAreRefused() {
        try (ForwardPass fast = ForwardPass.open(model, projector, ForwardOptions.fast())) {
            assertRefused(() -> fast.forward(text(3), Outputs.of(Output.ATTENTIONS)), "flash attention");
            assertRefused(() -> fast.forward(withPicture(), Outputs.of(Output.VISION_ATTENTIONS)), "EXACT");
        }
    }

    @Test
    void whatDoesNotFitIsRefusedWithNumbers() {
        try (ForwardPass small = ForwardPass.open(model, ForwardOptions.exact().withContextLength(10))) {
            assertThatThrownBy(() -> small.forward(text(11), Outputs.of(Output.LOGITS)))
                    .isInstanceOf(Vlm4jException.ContextFull.class)
                    .hasMessageContaining("11 positions")
                    .hasMessageContaining("10");
        }
        assertRefused(() -> ForwardPass.open(model, ForwardOptions.exact().withContextLength(1 << 24)), "16777216");
        try (ForwardPass poor = ForwardPass.open(model, ForwardOptions.exact().withMemoryLimit(10_000_000))) {
            assertThatThrownBy(() -> poor.forward(text(600), Outputs.of(Output.ATTENTIONS)))
                    .isInstanceOf(Vlm4jException.Inference.class)
                    .hasMessageContaining("attentions 0.016 GiB")
                    .hasMessageContaining("0.009 GiB allowed");
        }
    }

    private static void assertRefused(ThrowingCallable call, String... parts) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContainingAll(parts);
    }
}
