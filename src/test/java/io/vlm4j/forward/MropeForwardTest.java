package io.vlm4j.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.model.Model;
import io.vlm4j.processing.ForwardImages;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.Golden;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A tiny random Qwen2-VL text model over positions of three axes, with pictures of several shapes, against
/// transformers in float32.
@Tag("native")
@Tag("model")
class MropeForwardTest {
    private static final int WIDTH = 32;

    private static Model model;
    private static ForwardPass pass;

    @BeforeAll
    static void open() {
        model = Model.open(Golden.resource("positions/qwen2vl-f32.gguf"));
        pass = ForwardPass.open(model, ForwardOptions.exact().withThreads(1));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void everyOutputIsThatOfTransformers(int number) {
        String name = "case" + number + ".";
        try (Golden golden = Golden.open("positions/mrope-forward")) {
            int[] ids = golden.ints(name + "input_ids");
            float[] features = golden.floats(name + "features");
            int image = golden.description().get("image_token").asInt();
            ForwardInput input = ForwardInput.builder(model.tokenizer().size())
                    .inputIds(ids)
                    .positionIds(Tensor.ofInts(Shape.of(3, 1, ids.length), golden.ints(name + "position_ids")))
                    .images(new ForwardImages.Features(
                            image, Tensor.ofFloats(Shape.of(features.length / WIDTH, WIDTH), features)))
                    .build();
            try (ForwardOutput output =
                    pass.forward(input, Outputs.of(Output.LOGITS, Output.HIDDEN_STATES, Output.ATTENTIONS))) {
                assertClose(output.logits(), golden.floats(name + "logits"));
                assertAllClose(output.hiddenStates(), golden, name + "hidden_states.");
                assertAllClose(output.attentions(), golden, name + "attentions.");
            }
        }
    }

    @Test
    void theEpsilonOfTheFileCounts(@TempDir Path folder) {
        Path other = folder.resolve("epsilon.gguf");
        try (GgufFile file = GgufFile.open(Golden.resource("positions/qwen2vl-f32.gguf"))) {
            GgufWriter.copyOf(file)
                    .put("qwen2vl.attention.layer_norm_rms_epsilon", new GgufValue.Float32(1f))
                    .write(other);
        }
        float[] logits = logits(pass);
        try (Model changed = Model.open(other);
                ForwardPass changedPass =
                        ForwardPass.open(changed, ForwardOptions.exact().withThreads(1))) {
            assertThat(Differences.maxAbs(logits(changedPass), logits)).isGreaterThan(1e-2);
        }
    }

    private static float[] logits(ForwardPass over) {
        int[] ids = {5, 6, 7, 8};
        int[] positions = {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3};
        ForwardInput input = ForwardInput.builder(model.tokenizer().size())
                .inputIds(ids)
                .positionIds(Tensor.ofInts(Shape.of(3, 1, ids.length), positions))
                .build();
        try (ForwardOutput output = over.forward(input, Outputs.of(Output.LOGITS))) {
            return output.logits().toFloatArray();
        }
    }

    private static void assertAllClose(List<Tensor> actual, Golden golden, String name) {
        for (int i = 0; i < actual.size(); i++) {
            assertClose(actual.get(i), golden.floats(name + i));
        }
    }

    private static void assertClose(Tensor actual, float[] expected) {
        assertThat(Differences.maxAbs(actual.toFloatArray(), expected)).isLessThanOrEqualTo(2e-5);
    }
}
