package io.vlm4j.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.model.Model;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Quantized weights against transformers with the same weights de-quantized. llama.cpp quantizes activations as
/// well, so tolerances are those that the reference data state for it.
@Tag("native")
@Tag("model")
@Tag("reference")
class QuantizedForwardTest {
    private static final int WIDTH = 256;

    @ParameterizedTest
    @CsvSource({"f32, 1e-4, 1e-5", "q8_0, 3e-2, 2e-2", "q4_k, 5e-2, 5e-2"})
    void logitsAndLossAreWithinTheReferencesTolerance(String type, double logits, double loss) {
        try (Golden golden = Golden.open(
                        TestModels.reference("golden/cases/llava/quantised.json"),
                        TestModels.reference("golden/cases/llava/quantised.safetensors"));
                Model model = Model.open(TestModels.reference("golden/models/llavaq/llavaq-" + type + ".gguf"));
                ForwardPass pass = ForwardPass.open(model, ForwardOptions.exact())) {
            ForwardInput input = GoldenInputs.example(golden, "")
                    .images(GoldenInputs.features(golden.floats("image_features"), WIDTH))
                    .build();
            try (ForwardOutput output = pass.forward(input, Outputs.of(Output.LOSS, Output.LOGITS))) {
                assertThat(Differences.relativeL2(output.logits().toFloatArray(), golden.floats(type + ".logits")))
                        .isLessThan(logits);
                assertThat(output.loss()).isCloseTo(golden.floats(type + ".loss")[0], within(loss));
            }
        }
    }
}
