package io.vlm4j.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vlm4j.conversion.Conversion;
import io.vlm4j.conversion.ConversionOptions;
import io.vlm4j.conversion.WeightType;
import io.vlm4j.graph.DecoderOutput.Wanted;
import io.vlm4j.media.ImageInput;
import io.vlm4j.processing.ImageProcessor;
import io.vlm4j.processing.PixelValues;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// KOSMOS-2 against transformers in single precision.
@Tag("native")
@Tag("reference")
class Kosmos2Test {
    private static final DecoderOptions EXACT =
            DecoderOptions.ofThreads(1).withContextLength(96).withCacheType(CacheType.F32);

    @TempDir
    private static Path folder;

    private static Path path;

    @BeforeAll
    static void writeModel() {
        path = Conversion.convert(
                        TestModels.reference("golden/models/kosmos2"), folder, ConversionOptions.of(WeightType.F32))
                .model();
    }

    @Test
    void picturesAndTextEqualTransformers() {
        try (Golden golden = golden();
                Weights weights = Weights.open(path);
                ImageEncoder encoder = weights.newImageEncoder(1);
                Decoder decoder = weights.newDecoder(Architecture.of(weights.file()), EXACT)) {
            PixelValues pixels = ImageProcessor.of(weights.file())
                    .process(ImageInput.of(TestModels.reference("golden/images/100x70.png")));
            assertThat(pixels.values().toFloatArray()).containsExactly(golden.floats("pixel_values"));

            Tensor states = encoder.towerStates(pixels.values());
            assertThat(Differences.maxAbs(states.toFloatArray(), golden.floats("vision_last_hidden_state")))
                    .isLessThan(2e-5);
            Tensor rows = encoder.encode(pixels.values());
            assertThat(Differences.maxAbs(rows.toFloatArray(), golden.floats("image_embeds")))
                    .isLessThan(2e-6);

            int[] ids = golden.ints("input_ids");
            InputRows prompt = Kosmos2.of(weights.file()).prompt(rows, Arrays.copyOfRange(ids, 67, ids.length));
            int[] mask = golden.ints("image_embeds_position_mask");
            assertThat(prompt.size()).isEqualTo(ids.length);
            for (int i = 0; i < ids.length; i++) {
                assertThat(prompt.token(i)).as("row %d", i).isEqualTo(mask[i] == 1 ? -1 : ids[i]);
            }

            DecoderOutput output = decoder.decode(prompt, Wanted.EVERYTHING);
            float[] logits = output.logits().toFloatArray();
            float[] tail = golden.floats("logits_tail");
            float[] ourTail = Arrays.copyOfRange(logits, logits.length - tail.length, logits.length);
            assertThat(Differences.relativeL2(ourTail, tail)).isLessThan(1e-5);
            assertThat(Differences.maxAbs(ourTail, tail)).isLessThan(5e-5);
            for (int i = 0; i < 3; i++) {
                assertThat(Differences.relativeL2(
                                output.hiddenStates().get(i).toFloatArray(), golden.floats("hidden_states." + i)))
                        .as("hidden states %d", i)
                        .isLessThan(1e-5);
            }
            assertThat(Differences.maxAbs(output.attentions().getFirst().toFloatArray(), golden.floats("attentions.0")))
                    .isLessThan(1e-5);
            assertStepsEqual(decoder, golden);
        }
    }

    private static void assertStepsEqual(Decoder decoder, Golden golden) {
        int vocabulary = decoder.architecture().vocabulary();
        float[] steps = golden.floats("step_logits_cached");
        int[] generated = golden.ints("generated_ids");
        for (int i = 0; i <= generated.length; i++) {
            float[] logits = decoder.logits().toFloatArray();
            float[] expected = Arrays.copyOfRange(steps, i * vocabulary, (i + 1) * vocabulary);
            assertThat(Differences.relativeL2(logits, expected))
                    .as("step %d", i)
                    .isLessThan(1e-5);
            if (i < generated.length) {
                assertThat(best(logits)).isEqualTo(generated[i]);
                decoder.decode(generated[i]);
            }
        }
    }

    @Test
    void picturesOfAnotherSizeAreRefused() {
        try (Weights weights = Weights.open(path);
                ImageEncoder encoder = weights.newImageEncoder(1)) {
            Tensor wrong = Tensor.ofFloats(Shape.of(1, 3, 2, 2), new float[12]);

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> encoder.encode(wrong))
                    .withMessageContaining("[1, 3, 56, 56]");
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> Kosmos2.of(weights.file()).prompt(Tensor.ofFloats(Shape.of(1, 64), new float[64])))
                    .withMessageContaining("64 rows, not 1");
        }
    }

    private static Golden golden() {
        return Golden.open(
                TestModels.reference("golden/cases/kosmos2/decode.json"),
                TestModels.reference("golden/cases/kosmos2/decode.safetensors"));
    }

    private static int best(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }
}
