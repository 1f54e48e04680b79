package io.vlm4j.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.conversion.Conversion;
import io.vlm4j.conversion.ConversionOptions;
import io.vlm4j.conversion.ConvertedModel;
import io.vlm4j.conversion.WeightType;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.processing.Example;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.processing.Processor;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// What our own converter makes of the reference's Hugging Face folders, computed, against transformers.
@Tag("native")
@Tag("model")
@Tag("reference")
class ConvertedForwardTest {
    private static final int WIDTH = 256;

    @TempDir
    private Path out;

    private ConvertedModel convert(String folder, WeightType type, WeightType projectorType) {
        return Conversion.convert(
                TestModels.reference("golden/models/" + folder),
                out,
                ConversionOptions.of(type).withProjectorType(projectorType));
    }

    @ParameterizedTest
    @CsvSource({"F32, 1e-3, 2e-3", "F16, 1e-3, 3e-3"})
    void aConvertedLlavaSeesAsTransformersDoes(WeightType type, double features, double logits) {
        ConvertedModel converted = convert("llava", WeightType.F32, type);
        try (Golden golden = Golden.open("llava/single");
                Model model = Model.open(converted.model());
                Projector projector = model.openProjector(converted.projector().orElseThrow());
                ForwardPass pass = ForwardPass.open(model, projector, ForwardOptions.exact());
                ForwardOutput output = pass.forward(
                        GoldenInputs.example(golden, "")
                                .images(GoldenInputs.pictures(golden.floats("pixel_values")))
                                .build(),
                        Outputs.of(Output.LOSS, Output.LOGITS, Output.IMAGE_FEATURES))) {
            assertThat(Differences.relativeL2(
                            output.imageFeatures().toFloatArray(), golden.floats("image_features_gelu_tanh")))
                    .isLessThan(features);
            assertThat(Differences.relativeL2(output.logits().toFloatArray(), golden.floats("logits_gelu_tanh")))
                    .isLessThan(logits);
            assertThat(output.loss()).isCloseTo(golden.floats("loss_gelu_tanh")[0], within(2e-3));
        }
    }

    @Test
    void aConvertedLlavaNextComputesTransformersLogits() {
        ConvertedModel converted = convert("llava-next", WeightType.F32, WeightType.F32);
        try (Golden golden = Golden.open(
                        TestModels.reference("golden/cases/llava-next/100x70.json"),
                        TestModels.reference("golden/cases/llava-next/100x70.safetensors"));
                Model model = Model.open(converted.model());
                Projector projector = model.openProjector(converted.projector().orElseThrow());
                ForwardPass text = ForwardPass.open(model, ForwardOptions.exact())) {
            assertThat(projector.embeddingSize()).isEqualTo(64);
            ForwardInput input = GoldenInputs.example(golden, "")
                    .images(GoldenInputs.features(golden.floats("image_features"), 64))
                    .build();
            try (ForwardOutput output = text.forward(input, Outputs.of(Output.LOSS, Output.LOGITS))) {
                assertThat(Differences.maxAbs(output.logits().toFloatArray(), golden.floats("logits")))
                        .isLessThan(5e-5);
                assertThat(output.loss()).isCloseTo(golden.floats("loss")[0], within(1e-5));
            }
        }
    }

    @Test
    void aConvertedLlavaNextSeesAsTransformersDoes() {
        ConvertedModel converted = convert("llava-next", WeightType.F32, WeightType.F32);
        try (Golden golden = Golden.open(
                        TestModels.reference("golden/cases/llava-next/100x70.json"),
                        TestModels.reference("golden/cases/llava-next/100x70.safetensors"));
                Model model = Model.open(converted.model());
                Projector projector = model.openProjector(converted.projector().orElseThrow())) {
            ImageInput image = ImageInput.of(TestModels.reference("golden/images/100x70.png"));
            LlavaNextGoldenTest.assertSeen(golden, image, model, projector);
        }
    }

    /// Tiles, features and logits of weights that are quantized, the projector's as well.
    @ParameterizedTest
    @CsvSource({"Q8_0, 5e-3", "Q4_K_M, 4e-2"})
    void aQuantizedLlavaNextIsCloseToTransformers(WeightType type, double divergence) {
        ConvertedModel converted = convert("llava-next", type, type == WeightType.Q8_0 ? type : WeightType.F16);
        try (Golden golden = Golden.open(
                        TestModels.reference("golden/cases/llava-next/100x70.json"),
                        TestModels.reference("golden/cases/llava-next/100x70.safetensors"));
                Model model = Model.open(converted.model());
                Projector projector = model.openProjector(converted.projector().orElseThrow());
                ForwardPass pass = ForwardPass.open(model, projector, ForwardOptions.exact())) {
            JsonNode about = golden.description();
            ImageInput image = ImageInput.of(TestModels.reference("golden/images/100x70.png"));
            Prompt prompt = Prompt.parse(about.get("prompt").asString(), image);
            ForwardInput input = Processor.of(projector)
                    .process(Example.of(prompt, about.get("answer").asString()));
            try (ForwardOutput output = pass.forward(input, Outputs.of(Output.LOGITS))) {
                assertThat(Differences.divergence(
                                output.logits().toFloatArray(), golden.floats("logits"), GoldenInputs.VOCABULARY))
                        .isLessThan(divergence);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"F32, f32, 1e-4", "BF16, f32, 2e-2", "Q8_0, q8_0, 3e-2", "Q4_K_M, q4_k, 5e-2"})
    void quantizedLogitsAreWithinTheReferencesTolerance(WeightType type, String reference, double logits) {
        ConvertedModel converted = convert("llavaq", type, WeightType.F32);
        try (Golden golden = Golden.open(
                        TestModels.reference("golden/cases/llava/quantised.json"),
                        TestModels.reference("golden/cases/llava/quantised.safetensors"));
                Model model = Model.open(converted.model());
                ForwardPass pass = ForwardPass.open(model, ForwardOptions.exact())) {
            ForwardInput input = GoldenInputs.example(golden, "")
                    .images(GoldenInputs.features(golden.floats("image_features"), WIDTH))
                    .build();
            try (ForwardOutput output = pass.forward(input, Outputs.of(Output.LOGITS))) {
                assertThat(Differences.relativeL2(output.logits().toFloatArray(), golden.floats(reference + ".logits")))
                        .isLessThan(logits);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tokenizer.json", "tokenizer.model"})
    void eitherTokenizerGivesTransformersIds(String kept) throws IOException {
        Path folder = Files.createDirectory(out.resolve("llava"));
        Set<String> files =
                Set.of("config.json", "preprocessor_config.json", "tokenizer_config.json", "model.safetensors", kept);
        for (String file : files) {
            Files.copy(TestModels.reference("golden/models/llava/" + file), folder.resolve(file));
        }
        ConvertedModel converted = Conversion.convert(folder, out, ConversionOptions.of(WeightType.Q4_0));
        JsonNode rows = Golden.json(TestModels.reference("golden/cases/tokenizer/llava.json"))
                .get("rows");
        try (Model model = Model.open(converted.model())) {
            for (JsonNode row : rows) {
                int[] expected =
                        row.get("ids").valueStream().mapToInt(JsonNode::asInt).toArray();
                String text = row.get("text").stringValue();
                assertThat(model.tokenizer().encode(text, false, true)).as(text).isEqualTo(expected);
            }
        }
    }
}
