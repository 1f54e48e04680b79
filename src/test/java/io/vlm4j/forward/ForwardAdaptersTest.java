package io.vlm4j.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.vlm4j.inference.Adapters;
import io.vlm4j.model.ControlVector;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.Model;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.RandomLora;
import io.vlm4j.testkit.TestModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A forward pass with adapters against one of the same model with them written into its weights by plain Java.
@Tag("native")
@Tag("model")
class ForwardAdaptersTest {
    private static final RandomLora LORA = new RandomLora(4, 8, 0.1, 1);
    private static final Outputs ALL = Outputs.of(Output.LOGITS, Output.HIDDEN_STATES, Output.ATTENTIONS);

    @TempDir
    private static Path folder;

    private static Model model;
    private static LoraAdapter adapter;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.tinyLlava());
        adapter = model.openAdapter(LORA.write(TestModels.tinyLlava(), folder.resolve("lora.gguf")));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static ForwardPass pass(Model of) {
        return ForwardPass.open(of, ForwardOptions.exact().withThreads(1));
    }

    private static ForwardInput input() {
        return ForwardInput.builder(GoldenInputs.VOCABULARY)
                .inputIds(new Random(3).ints(40, 10, GoldenInputs.VOCABULARY).toArray())
                .build();
    }

    private static List<float[]> outputs(ForwardPass pass, Outputs what) {
        try (ForwardOutput output = pass.forward(input(), what)) {
            List<float[]> all = new ArrayList<>();
            output.tensors().values().forEach(tensor -> all.add(tensor.toFloatArray()));
            return all;
        }
    }

    private static void assertClose(List<float[]> actual, List<float[]> expected) {
        for (int i = 0; i < expected.size(); i++) {
            assertThat(Differences.relativeL2(actual.get(i), expected.get(i)))
                    .as("tensor %s", i)
                    .isLessThanOrEqualTo(1e-6);
        }
    }

    private static void assertSame(List<float[]> actual, List<float[]> expected) {
        assertThat(actual.toArray(float[][]::new)).isDeepEqualTo(expected.toArray(float[][]::new));
    }

    @Test
    void allOutputsEqualThoseOfTheMergedWeights() {
        Path merged = RandomLora.merge(TestModels.tinyLlava(), Map.of(LORA, 0.5f), folder.resolve("merged.gguf"));
        try (ForwardPass adapted = pass(model);
                Model other = Model.open(merged);
                ForwardPass reference = pass(other)) {
            List<float[]> base = outputs(adapted, ALL);
            adapted.use(Adapters.none().with(adapter, 0.5f));
            List<float[]> actual = outputs(adapted, ALL);

            assertClose(actual, outputs(reference, ALL));
            assertThat(Differences.relativeL2(actual.getFirst(), base.getFirst()))
                    .isGreaterThan(0.1);
            assertClose(outputs(adapted, Outputs.of(Output.LOGITS)), List.of(actual.getFirst())); // another context
            adapted.use(Adapters.none());
            assertSame(outputs(adapted, ALL), base);
        }
    }

    @Test
    void aControlVectorIsAddedToWhatALayerPutsOut() {
        float[] direction = new float[model.embeddingSize()];
        for (int i = 0; i < direction.length; i++) {
            direction[i] = i / 100f;
        }
        try (ForwardPass pass = pass(model)) {
            Outputs hidden = Outputs.of(Output.HIDDEN_STATES);
            List<float[]> base = outputs(pass, hidden);
            pass.use(Adapters.none().with(ControlVector.of(new TreeMap<>(Map.of(1, direction)))));
            List<float[]> steered = outputs(pass, hidden);

            assertThat(steered.get(1)).isEqualTo(base.get(1));
            for (int i = 0; i < base.get(2).length; i++) {
                assertThat(steered.get(2)[i] - base.get(2)[i])
                        .isBetween(direction[i % direction.length] - 1e-4f, direction[i % direction.length] + 1e-4f);
            }
        }
    }

    @Test
    void adaptersThatCannotBeUsedAreRefused() {
        try (Model other = Model.open(TestModels.tinyLlava());
                ForwardPass pass = pass(model);
                ForwardPass others = pass(other)) {
            assertThatIllegalArgumentException().isThrownBy(() -> others.use(Adapters.of(adapter)));
            LoraAdapter own = model.openAdapter(folder.resolve("lora.gguf"));
            List<float[]> base = outputs(pass, ALL);
            pass.use(Adapters.of(own));
            outputs(pass, ALL);
            own.close();
            assertThatIllegalStateException().isThrownBy(() -> outputs(pass, ALL));
            assertThatIllegalStateException().isThrownBy(() -> pass.use(Adapters.of(own)));
            pass.use(Adapters.none());
            assertSame(outputs(pass, ALL), base);
        }
    }
}
