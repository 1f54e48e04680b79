package io.vlm4j.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vlm4j.conversion.Conversion;
import io.vlm4j.conversion.ConversionOptions;
import io.vlm4j.conversion.WeightType;
import io.vlm4j.graph.DecoderOutput.Wanted;
import io.vlm4j.media.ImageInput;
import io.vlm4j.processing.PatchProcessor;
import io.vlm4j.processing.Patches;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Fuyu against transformers in single precision.
@Tag("native")
@Tag("reference")
class FuyuTest {
    private static final DecoderOptions EXACT =
            DecoderOptions.ofThreads(1).withContextLength(64).withCacheType(CacheType.F32);

    @TempDir
    private static Path folder;

    private static Path path;

    @BeforeAll
    static void writeModel() {
        path = Conversion.convert(
                        TestModels.reference("golden/models/fuyu"), folder, ConversionOptions.of(WeightType.F32))
                .model();
    }

    @ParameterizedTest
    @ValueSource(strings = {"decode", "decode-resized"})
    void picturesAndTextEqualTransformers(String name) {
        try (Golden golden = golden(name);
                Weights weights = Weights.open(path);
                ImageEncoder encoder = weights.newImageEncoder(1);
                Decoder decoder = weights.newDecoder(Architecture.of(weights.file()), EXACT)) {
            Patches patches = PatchProcessor.of(weights.file()).process(picture(golden));
            assertThat(patches.values().toFloatArray()).containsExactly(golden.floats("image_patches"));

            Tensor rows = encoder.encode(patches.values());
            assertThat(Differences.maxAbs(rows.toFloatArray(), golden.floats("patch_embeddings")))
                    .isLessThan(1e-5);

            Fuyu fuyu = Fuyu.of(weights.file());
            int[] ids = golden.ints("input_ids");
            int[] text = Arrays.copyOfRange(ids, patches.rows() * (patches.columns() + 1) + 1, ids.length - 1);
            InputRows prompt = fuyu.prompt(rows, patches.columns(), text);
            assertSameIds(prompt, ids, fuyu.imageToken());

            DecoderOutput output = decoder.decode(prompt, Wanted.EVERYTHING);
            assertThat(Differences.maxAbs(output.logits().toFloatArray(), golden.floats("logits")))
                    .isLessThan(2e-5);
            if (name.equals("decode")) {
                assertTapsEqual(output, golden);
            }
            assertStepsEqual(decoder, golden);
        }
    }

    private static void assertSameIds(InputRows prompt, int[] ids, int imageToken) {
        assertThat(prompt.size()).isEqualTo(ids.length);
        for (int i = 0; i < ids.length; i++) {
            assertThat(prompt.token(i)).as("row %d", i).isEqualTo(ids[i] == imageToken ? -1 : ids[i]);
        }
    }

    private static void assertTapsEqual(DecoderOutput output, Golden golden) {
        for (int i = 0; i < 3; i++) {
            assertThat(Differences.maxAbs(
                            output.hiddenStates().get(i).toFloatArray(), golden.floats("hidden_states." + i)))
                    .as("hidden states %d", i)
                    .isLessThan(2e-5);
        }
        for (int i = 0; i < 2; i++) {
            assertThat(Differences.maxAbs(output.attentions().get(i).toFloatArray(), golden.floats("attentions." + i)))
                    .as("attentions %d", i)
                    .isLessThan(1e-5);
        }
    }

    private static void assertStepsEqual(Decoder decoder, Golden golden) {
        int vocabulary = decoder.architecture().vocabulary();
        float[] steps = golden.floats("step_logits_cached");
        int[] generated = golden.ints("generated_ids");
        for (int i = 0; i <= generated.length; i++) {
            float[] logits = decoder.logits().toFloatArray();
            assertThat(Differences.maxAbs(logits, Arrays.copyOfRange(steps, i * vocabulary, (i + 1) * vocabulary)))
                    .as("step %d", i)
                    .isLessThan(2e-5);
            if (i < generated.length) {
                assertThat(best(logits)).isEqualTo(generated[i]);
                decoder.decode(generated[i]);
            }
        }
    }

    @Test
    void patchesOfAnotherSizeAreRefused() {
        try (Weights weights = Weights.open(path);
                ImageEncoder encoder = weights.newImageEncoder(1)) {
            Tensor wrong = Tensor.ofFloats(Shape.of(1, 12), new float[12]);

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> encoder.encode(wrong))
                    .withMessageContaining("[n, 2700]");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Fuyu.of(weights.file()).prompt(wrong, 2))
                    .withMessageContaining("rows of 2");
            assertThatIllegalArgumentException().isThrownBy(() -> encoder.towerStates(wrong));
        }
    }

    private static Golden golden(String name) {
        return Golden.open(
                TestModels.reference("golden/cases/fuyu/" + name + ".json"),
                TestModels.reference("golden/cases/fuyu/" + name + ".safetensors"));
    }

    private static ImageInput picture(Golden golden) {
        return ImageInput.of(TestModels.reference(
                "golden/" + golden.description().get("image").asString()));
    }

    private static int best(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }
}
