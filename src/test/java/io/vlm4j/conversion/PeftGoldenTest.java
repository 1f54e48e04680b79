package io.vlm4j.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.forward.ForwardOptions;
import io.vlm4j.forward.ForwardOutput;
import io.vlm4j.forward.ForwardPass;
import io.vlm4j.forward.Output;
import io.vlm4j.forward.Outputs;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.gguf.Safetensors;
import io.vlm4j.inference.Adapters;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.Model;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Adapters that Python's `peft` saved, converted and applied to a tiny LLaVA: the logits are peft's.
@Tag("native")
@Tag("model")
class PeftGoldenTest {
    @TempDir
    private static Path directory;

    private static Model model;
    private static Safetensors logits;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.tinyLlava());
        logits = Safetensors.open(Golden.resource("peft/logits.safetensors"));
    }

    @AfterAll
    static void close() {
        logits.close();
        model.close();
    }

    private static ConvertedAdapter convert(String name) {
        return AdapterConversion.convert(
                Golden.resource("peft/" + name), TestModels.tinyLlava(), directory, AdapterOptions.defaults());
    }

    private static float[] computed(Adapters adapters) {
        int[] ids = Arrays.stream(logits.tensor("input_ids").toLongArray())
                .mapToInt(Math::toIntExact)
                .toArray();
        ForwardInput input = ForwardInput.builder(model.tokenizer().size())
                .inputIds(Tensor.ofInts(Shape.of(1, ids.length), ids))
                .build();
        try (ForwardPass pass = ForwardPass.open(model, ForwardOptions.exact())) {
            pass.use(adapters);
            try (ForwardOutput output = pass.forward(input, Outputs.of(Output.LOGITS))) {
                return output.logits().toFloatArray();
            }
        }
    }

    private static double relativeL2(float[] ours, float[] theirs) {
        assertThat(ours).hasSameSizeAs(theirs);
        double difference = 0;
        double size = 0;
        for (int i = 0; i < ours.length; i++) {
            difference += Math.pow((double) ours[i] - theirs[i], 2);
            size += Math.pow(theirs[i], 2);
        }
        return Math.sqrt(difference / size);
    }

    /// They change the logits by a third to more than their size; what is computed differs by less than 1e-6 of it.
    @ParameterizedTest
    @CsvSource({"plain, 21", "rslora, 9", "patterns, 9", "head, 5"})
    void theLogitsArePefts(String name, int matrices) {
        ConvertedAdapter converted = convert(name);
        assertThat(converted.matrices()).isEqualTo(matrices);
        assertThat(converted.architecture()).isEqualTo("llama");
        float[] theirs = logits.tensor(name).toFloatArray();

        try (LoraAdapter adapter = model.openAdapter(converted.file())) {
            assertThat(relativeL2(computed(Adapters.of(adapter)), theirs)).isLessThan(3e-6);
        }
        assertThat(relativeL2(computed(Adapters.none()), theirs)).isGreaterThan(0.1);
    }

    @Test
    void oneAlphaStandsForAllWhereItCan() {
        assertThat(convert("plain").alpha()).isEqualTo(6);
        assertThat(convert("rslora").alpha()).isCloseTo((float) (5 * Math.sqrt(3)), within(1e-6f));
        assertThat(convert("patterns").alpha()).isEqualTo(6);
        assertThat(convert("patterns").rank()).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource({"plain", "head"})
    void theConfigurationOfTheBaseIsEnough(String name) {
        Path ofFile = convert(name).file();
        Path base = Golden.resource("peft/base");
        Path ofFolder = AdapterConversion.convert(
                        Golden.resource("peft/" + name), base, directory.resolve("other"), AdapterOptions.defaults())
                .file();

        assertThat(ofFolder).hasSameBinaryContentAs(ofFile);
    }

    /// `convert_lora_to_gguf.py` writes the same tensors, bit for bit.
    @ParameterizedTest
    @CsvSource({"plain", "head"})
    void theTensorsAreThoseOfLlamaCppsConverter(String name) {
        try (GgufFile ours = GgufFile.open(convert(name).file());
                GgufFile theirs = GgufFile.open(Golden.resource("peft/" + name + "/llama-cpp.gguf"))) {
            assertThat(ours.tensors().keySet())
                    .containsExactlyInAnyOrderElementsOf(theirs.tensors().keySet());
            for (GgufTensor tensor : theirs.tensors().values()) {
                GgufTensor same = ours.tensor(tensor.name()).orElseThrow();
                assertThat(same.type()).isEqualTo(tensor.type());
                assertThat(same.shape()).isEqualTo(tensor.shape());
                assertThat(ours.data(same).mismatch(theirs.data(tensor)))
                        .as(tensor.name())
                        .isEqualTo(-1);
            }
            for (String key : List.of("general.architecture", "general.type", "adapter.type", "adapter.lora.alpha")) {
                assertThat(ours.value(key)).as(key).isPresent().isEqualTo(theirs.value(key));
            }
        }
    }
}
