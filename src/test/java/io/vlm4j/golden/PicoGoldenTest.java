package io.vlm4j.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertAll;

import io.vlm4j.generation.Generation;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// The bundled model's larger siblings against transformers in float32, on real pictures of many sizes.
@Tag("native")
@Tag("model")
@Tag("reference")
class PicoGoldenTest {
    private static final double FEATURES = 2e-3; // relative L2
    private static final double LOGITS = 5e-3; // relative L2

    private static Path weights(String name) {
        return TestModels.reference("models/pico/" + name + ".gguf");
    }

    @Test
    void imageFeaturesAndLogitsOfTheF32ModelEqualTransformers() {
        JsonNode index = Golden.json(TestModels.reference("golden-pico/index.json"));
        List<Executable> checks = new ArrayList<>();
        try (Model model = Model.open(weights("pico-llava-f32"));
                Projector projector = model.openProjector(weights("mmproj-pico-llava-f32"));
                InferenceContext context = InferenceContext.create(
                        model, ContextOptions.builder().cacheType(CacheType.F32).build())) {
            for (JsonNode example : index.get("cases")) {
                compare(example, model, projector, context, checks);
            }
        }
        assertAll(checks);
    }

    private static void compare(
            JsonNode example, Model model, Projector projector, InferenceContext context, List<Executable> checks) {
        String name = example.get("name").asString();
        ImageInput image = ImageInput.of(
                TestModels.reference("golden-pico/" + example.get("image").asString()));
        try (Golden golden = Golden.open(
                        TestModels.reference("golden-pico/index.json"),
                        TestModels.reference(
                                "golden-pico/" + example.get("tensors").asString()));
                Tensor features = projector.encode(image);
                TokenizedPrompt prompt =
                        TokenizedPrompt.of(Prompt.parse(example.get("prompt").asString(), image), model, projector)) {
            double featureError = Differences.relativeL2(features.toFloatArray(), golden.floats("image_features"));
            int promptLength = golden.ints("prompt_input_ids").length;
            int tokens = prompt.tokens();
            checks.add(() ->
                    assertThat(featureError).as("image features of %s", name).isLessThan(FEATURES));
            checks.add(() -> assertThat(tokens).as("prompt length of %s", name).isEqualTo(promptLength));
            context.clear();
            context.decode(prompt, projector, EvaluationListener.NONE);
            int vocabulary = model.tokenizer().size();
            int last = prompt.tokens() - 1;
            float[] reference = Arrays.copyOfRange(golden.floats("logits"), last * vocabulary, (last + 1) * vocabulary);
            try (Tensor logits = context.logits()) {
                double logitError = Differences.relativeL2(logits.toFloatArray(), reference);
                checks.add(() -> assertThat(logitError).as("logits of %s", name).isLessThan(LOGITS));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "pico-llava-f32, mmproj-pico-llava-f32",
        "pico-llava-f16, mmproj-pico-llava-f16",
    })
    void greedyTextEqualsTransformersOnEveryCase(String text, String mmproj) {
        JsonNode index = Golden.json(TestModels.reference("golden-pico/index.json"));
        List<Executable> checks = new ArrayList<>();
        try (Vlm vlm = Vlm.open(weights(text), weights(mmproj))) {
            for (JsonNode example : index.get("cases")) {
                Path image = TestModels.reference(
                        "golden-pico/" + example.get("image").asString());
                Generation answer =
                        vlm.ask(ImageInput.of(image), example.get("question").asString());
                List<Integer> reference = new ArrayList<>();
                example.get("generated_ids").forEach(id -> reference.add(id.asInt()));
                checks.add(() -> assertThat(answer.tokens())
                        .as(example.get("name").asString())
                        .containsExactlyElementsOf(reference));
            }
        }
        assertAll(checks);
    }

    @ParameterizedTest
    @CsvSource({"pico-llava-f16", "pico-llava-q8_0", "pico-llava-q4_k_m", "pico-llava-q4_0"})
    void everyQuantizationAnswersTheSamplePictures(String text) {
        JsonNode samples = Golden.json(TestModels.reference("models/pico/samples/samples.json"));
        List<Executable> checks = new ArrayList<>();
        try (Vlm vlm = Vlm.open(weights(text), weights("mmproj-pico-llava-f16"))) {
            for (JsonNode sample : samples.get("samples")) {
                ImageInput image = ImageInput.of(TestModels.reference(
                        "models/pico/samples/" + sample.get("image").asString()));
                for (JsonNode question : sample.get("questions")) {
                    String answer = vlm.ask(
                                    List.of(ChatMessage.user(
                                            question.get("question").asString(), image)),
                                    Vlm.options().maxTokens(128).build())
                            .text();
                    checks.add(() -> assertThat(answer)
                            .as("%s: %s", sample.get("image"), question.get("question"))
                            .isEqualTo(question.get("answer").asString()));
                }
            }
        }
        assertAll(checks);
        assertThat(samples.get("samples").size()).isPositive();
    }
}
