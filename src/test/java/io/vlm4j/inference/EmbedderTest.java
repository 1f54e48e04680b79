package io.vlm4j.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.Vlm4jException;
import io.vlm4j.forward.ForwardOptions;
import io.vlm4j.forward.ForwardOutput;
import io.vlm4j.forward.ForwardPass;
import io.vlm4j.forward.Output;
import io.vlm4j.forward.Outputs;
import io.vlm4j.model.Model;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.testkit.TestModels;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("native")
@Tag("model")
class EmbedderTest {
    private static Model model;
    private static ContextOptions options;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.tinyLlava());
        options = ContextOptions.builder()
                .contextLength(64)
                .threads(1)
                .cacheType(CacheType.F32)
                .build();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    /// Last hidden states as transformers has them (which `ForwardPass` is compared with), their mean, at length 1.
    private static double[] expected(int... tokens) {
        ForwardInput input =
                ForwardInput.builder(model.tokenizer().size()).inputIds(tokens).build();
        try (ForwardPass pass = ForwardPass.open(model, ForwardOptions.exact().withThreads(1));
                ForwardOutput output = pass.forward(input, Outputs.of(Output.HIDDEN_STATES))) {
            float[] rows = output.hiddenStates().getLast().toFloatArray();
            double[] mean = new double[model.embeddingSize()];
            for (int i = 0; i < rows.length; i++) {
                mean[i % mean.length] += rows[i] / (double) tokens.length;
            }
            double length = 0;
            for (double number : mean) {
                length += number * number;
            }
            for (int i = 0; i < mean.length; i++) {
                mean[i] /= Math.sqrt(length);
            }
            return mean;
        }
    }

    @Test
    void aTextIsTheMeanOfItsLastHiddenStates() {
        try (Embedder embedder = Embedder.create(model, options)) {
            for (int[] tokens : new int[][] {{1, 20, 30, 40, 50}, {7}, {1, 5, 5, 5}, {1, 20, 30, 40, 50}}) {
                float[] vector = embedder.embed(tokens);
                double[] expected = expected(tokens);

                assertThat(vector).hasSize(embedder.size());
                for (int i = 0; i < vector.length; i++) {
                    assertThat((double) vector[i]).isCloseTo(expected[i], within(1e-4));
                }
            }
        }
    }

    @Test
    void whatCannotBeEmbeddedIsRefused() {
        Embedder embedder = Embedder.create(model, options);
        assertThatIllegalArgumentException().isThrownBy(() -> embedder.embed(new int[0]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> embedder.embed(new int[] {model.tokenizer().size()}));
        assertThatThrownBy(() -> embedder.embed(new int[embedder.contextLength() + 1]))
                .isInstanceOf(Vlm4jException.ContextFull.class);
        embedder.close();
        embedder.close();
        assertThatIllegalStateException().isThrownBy(() -> embedder.embed(new int[] {1}));
    }
}
