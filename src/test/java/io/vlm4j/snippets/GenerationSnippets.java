package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.generation.Speculation;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.inference.LayerConsumer;
import io.vlm4j.inference.WatchedLayers;
import io.vlm4j.model.Model;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.TestModels;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The examples in the documentation of `io.vlm4j.generation`. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class GenerationSnippets {
    private static final Prompt PROMPT =
            Prompt.builder().markup("USER: Is there a dog? ASSISTANT:").build();

    @Test
    void guessFromTheText() {
        try (Model model = Model.open(TestModels.bundled());
                InferenceContext context = InferenceContext.create(model)) {
            Generator generator = new Generator(context, null);
            // @start region="lookup"
            GenerationOptions options = GenerationOptions.builder()
                    .speculation(Speculation.NgramLookup.defaults())
                    .build();
            Generation answer = generator.generate(PROMPT, options); // the same as without
            // @end
            assertThat(answer.text())
                    .isEqualTo(generator
                            .generate(PROMPT, GenerationOptions.defaults())
                            .text());
        }
    }

    @Test
    void seeAttentions() {
        try (Printed printed = new Printed();
                Model model = Model.open(TestModels.bundled())) {
            // @start region="layers"
            LayerConsumer attentions = new LayerConsumer() {
                @Override
                public void onAttention(int example, int layer, int position, Tensor weights) {
                    System.out.println("layer " + layer + ", from position " + position + ": " + weights.shape());
                }
            };
            ContextOptions watchable = ContextOptions.builder().watchable(true).build();
            try (InferenceContext context = InferenceContext.create(model, watchable)) {
                GenerationOptions options = GenerationOptions.builder()
                        .maxTokens(2)
                        .layers(WatchedLayers.attentions(attentions))
                        .build();
                new Generator(context, null).generate(PROMPT, options);
            }
            // @end
            assertThat(printed.text().lines())
                    .hasSize(2 * model.layers())
                    .last()
                    .asString()
                    .contains(": [8, 1, ");
        }
    }

    @Test
    void letASmallerModelGuess() {
        Path small = TestModels.bundled();
        try (Model model = Model.open(TestModels.bundled());
                InferenceContext context = InferenceContext.create(model)) {
            // @start region="draft"
            try (Model smaller = Model.open(small);
                    InferenceContext guessing = InferenceContext.create(smaller)) {
                GenerationOptions options = GenerationOptions.builder()
                        .speculation(Speculation.DraftModel.of(guessing))
                        .build();
                Generation answer = new Generator(context, null).generate(PROMPT, options);
                double right = answer.drafts().orElseThrow().acceptanceRate(); // 0 to 1
                // @end
                assertThat(right).isEqualTo(1);
            }
        }
    }
}
