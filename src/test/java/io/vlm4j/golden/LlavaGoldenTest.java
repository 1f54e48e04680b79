package io.vlm4j.golden;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A tiny random LLaVA-1.5 against transformers in float32. Tolerances are those of the reference data: the tower
/// differs by llama.cpp's F16 im2col and F16 GELU tables, the projector by tanh-GELU, which `*_gelu_tanh` accounts
/// for.
@Tag("native")
@Tag("model")
class LlavaGoldenTest {
    private static final double FEATURES = 2e-3; // relative L2
    private static final double LOGITS = 5e-3; // relative L2

    private static Model model;
    private static Projector projector;
    private static Golden golden;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.tinyLlava());
        projector = model.openProjector(TestModels.tinyLlavaProjector());
        golden = Golden.open("llava/single");
    }

    @AfterAll
    static void close() {
        golden.close();
        model.close();
    }

    private static ImageInput image() {
        return ImageInput.of(Golden.resource("llava/sq56.png"));
    }

    private static Prompt prompt() {
        return Prompt.parse(golden.description().get("prompt").asString(), image());
    }

    @Test
    void tokenIdsEqualTransformers() {
        try (TokenizedPrompt tokenized = TokenizedPrompt.of(prompt(), model, projector)) {
            int imageToken = 3;
            List<Integer> ids = new ArrayList<>();
            for (TokenizedPrompt.Chunk chunk : tokenized.chunks()) {
                switch (chunk) {
                    case TokenizedPrompt.TextChunk text -> ids.addAll(text.ids());
                    case TokenizedPrompt.MediaChunk media -> {
                        for (int i = 0; i < media.tokens(); i++) {
                            ids.add(imageToken);
                        }
                    }
                }
            }
            assertThat(ids)
                    .containsExactlyElementsOf(Arrays.stream(golden.ints("generate_input_ids"))
                            .boxed()
                            .toList());
        }
    }

    @Test
    void projectedImageFeaturesEqualTransformers() {
        try (Tensor features = projector.encode(image())) {
            assertThat(features.shape().dims()).containsExactly(16, 64);
            float[] actual = features.toFloatArray();
            assertThat(Differences.relativeL2(actual, golden.floats("image_features_gelu_tanh")))
                    .isLessThan(FEATURES);
            assertThat(Differences.relativeL2(actual, golden.floats("image_features")))
                    .isLessThan(FEATURES);
        }
    }

    @Test
    void logitsAfterThePromptEqualTransformers() {
        ContextOptions exact =
                ContextOptions.builder().cacheType(CacheType.F32).threads(1).build();
        try (InferenceContext context = InferenceContext.create(model, exact);
                TokenizedPrompt tokenized = TokenizedPrompt.of(prompt(), model, projector)) {
            context.decode(tokenized, projector, EvaluationListener.NONE);
            float[] all = golden.floats("logits_gelu_tanh");
            int vocabulary = model.tokenizer().size();
            int last = tokenized.tokens() - 1;
            float[] reference = Arrays.copyOfRange(all, last * vocabulary, (last + 1) * vocabulary);
            try (Tensor logits = context.logits()) {
                assertThat(Differences.relativeL2(logits.toFloatArray(), reference))
                        .isLessThan(LOGITS);
            }
        }
    }

    @Test
    void greedyContinuationEqualsTransformers() {
        List<Integer> reference = new ArrayList<>();
        golden.description().get("generated_ids_gelu_tanh").forEach(id -> reference.add(id.asInt()));
        try (InferenceContext context = InferenceContext.create(model)) {
            Generation generation = new Generator(context, projector)
                    .generate(
                            prompt(),
                            GenerationOptions.builder()
                                    .maxTokens(reference.size())
                                    .ignoreEnd(true)
                                    .build());
            assertThat(generation.tokens()).containsExactlyElementsOf(reference);
        }
    }
}
