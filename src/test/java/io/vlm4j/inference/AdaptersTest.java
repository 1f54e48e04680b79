package io.vlm4j.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.model.ControlVector;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.Model;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.RandomLora;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Adapters and control vectors against the same model with them written into its weights by plain Java.
@Tag("native")
@Tag("model")
class AdaptersTest {
    private static final int[] TOKENS = {1, 293, 273, 271, 307, 14, 290, 276, 262, 302};
    private static final double TOLERANCE = 1e-4; // relative L2

    private static final RandomLora FIRST = new RandomLora(4, 8, 0.1, 1);
    private static final RandomLora SECOND = new RandomLora(6, 0, 0.1, 2);

    @TempDir
    private static Path folder;

    private static Model model;
    private static InferenceContext context;
    private static LoraAdapter first;
    private static LoraAdapter second;
    private static float[] base;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.tinyLlava());
        context = context(model);
        first = model.openAdapter(FIRST.write(TestModels.tinyLlava(), folder.resolve("first.gguf")));
        second = model.openAdapter(SECOND.write(TestModels.tinyLlava(), folder.resolve("second.gguf")));
        base = logits(Adapters.none());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static InferenceContext context(Model of) {
        return InferenceContext.create(
                of,
                ContextOptions.builder()
                        .contextLength(256)
                        .cacheType(CacheType.F32)
                        .threads(1)
                        .build());
    }

    private static float[] logits(Adapters adapters) {
        context.use(adapters);
        return logits(context);
    }

    private static float[] logits(InferenceContext of) {
        of.clear();
        of.decode(Arrays.copyOf(TOKENS, TOKENS.length - 1));
        of.decode(TOKENS[TOKENS.length - 1]);
        try (Tensor logits = of.logits()) {
            return logits.toFloatArray();
        }
    }

    private static float[] logits(Path otherModel) {
        try (Model other = Model.open(otherModel);
                InferenceContext its = context(other)) {
            return logits(its);
        }
    }

    private static float[] merged(Map<RandomLora, Float> scales) {
        return logits(RandomLora.merge(TestModels.tinyLlava(), scales, folder.resolve("merged.gguf")));
    }

    @Test
    void anAdapterAtAnyScaleEqualsTheMergedWeights() {
        for (float scale : new float[] {1, 0.5f, -1.5f}) {
            float[] adapted = logits(Adapters.none().with(first, scale));

            assertThat(Differences.relativeL2(adapted, merged(Map.of(FIRST, scale))))
                    .as("scale %s", scale)
                    .isLessThan(TOLERANCE);
            assertThat(Differences.relativeL2(adapted, base)).isGreaterThan(0.1);
        }
    }

    @Test
    void severalAdaptersAtOnceEqualTheSumOfThem() {
        float[] both = logits(Adapters.of(second).with(first, 0.75f));

        assertThat(Differences.relativeL2(both, merged(Map.of(FIRST, 0.75f, SECOND, 1f))))
                .isLessThan(TOLERANCE);
    }

    @Test
    void scaleZeroAndSwitchingBackAreTheBaseBitByBit() {
        float[] adapted = logits(Adapters.of(first));

        assertThat(logits(Adapters.none().with(first, 0).with(second, 0))).containsExactly(base);
        assertThat(logits(Adapters.of(first))).containsExactly(adapted);
        assertThat(logits(Adapters.none())).containsExactly(base);
    }

    @Test
    void quickSwitchesWithoutEvaluationsBetweenThemLeaveTheLast() {
        float[] adapted = logits(Adapters.of(first));
        for (int i = 0; i < 50; i++) {
            context.use(Adapters.of(second));
            context.use(Adapters.none());
        }

        assertThat(logits(Adapters.of(first))).containsExactly(adapted);
    }

    @Test
    void contextsOfOneModelUseDifferentAdaptersAtTheSameTime() {
        try (InferenceContext other = context(model)) {
            other.use(Adapters.of(first));
            float[] adapted = logits(Adapters.of(first));
            context.use(Adapters.none());

            assertThat(logits(other)).containsExactly(adapted);
            assertThat(logits(context)).containsExactly(base);
        }
    }

    @Test
    void aChangeForgetsWhatWasComputedAndTheSameDoesNot() {
        context.use(Adapters.of(first));
        context.decode(TOKENS);

        context.use(Adapters.of(first));
        assertThat(context.tokens()).isEqualTo(TOKENS.length);

        context.use(Adapters.none().with(first, 0.5f));
        assertThat(context.tokens()).isZero();
        assertThat(context.position()).isZero();
    }

    @Test
    void aSnapshotComesBackWithTheAdaptersThatItWasComputedWith() {
        float[] adapted = logits(Adapters.of(first));
        context.clear();
        context.decode(Arrays.copyOf(TOKENS, TOKENS.length - 1));
        try (ContextSnapshot snapshot = context.snapshot()) {
            assertThat(logits(Adapters.none())).containsExactly(base);

            context.restore(snapshot);
            assertThat(context.adapters()).isEqualTo(Adapters.of(first)).isEqualTo(snapshot.adapters());
            context.decode(TOKENS[TOKENS.length - 1]);
            try (Tensor logits = context.logits()) {
                assertThat(logits.toFloatArray()).containsExactly(adapted);
            }
        }
    }

    @Test
    void aSnapshotWhoseAdapterIsClosedCannotComeBack() {
        LoraAdapter brief = model.openAdapter(folder.resolve("first.gguf"));
        context.use(Adapters.of(brief));
        context.decode(TOKENS);
        try (ContextSnapshot snapshot = context.snapshot()) {
            brief.close();
            context.use(Adapters.none());
            context.decode(1);

            assertThatIllegalStateException()
                    .isThrownBy(() -> context.restore(snapshot))
                    .withMessageContaining("closed");
            assertThat(context.tokens()).isEqualTo(1);
        }
    }

    /// What is added to the output of a layer is also the bias of its last matrix.
    @Test
    void aControlVectorEqualsBiasesOfTheLastMatrix() {
        ControlVector vector = vector(3);
        Path biased = folder.resolve("biased.gguf");
        try (GgufFile file = GgufFile.open(TestModels.tinyLlava())) {
            GgufWriter writer = GgufWriter.copyOf(file);
            vector.layers()
                    .forEach(layer -> writer.tensor(
                            "blk." + layer + ".ffn_down.bias",
                            GgmlType.F32,
                            Shape.of(vector.embeddingSize()),
                            MemorySegment.ofArray(vector.direction(layer))));
            writer.write(biased);
        }
        float[] steered = logits(Adapters.none().with(vector));

        assertThat(vector.layers()).containsExactly(1, 2);
        assertThat(Differences.relativeL2(steered, logits(biased))).isLessThan(TOLERANCE);
        assertThat(Differences.relativeL2(steered, base)).isGreaterThan(0.1);
    }

    @Test
    void controlVectorsAddUpAndZeroIsTheBase() {
        ControlVector one = vector(4);
        ControlVector other = vector(5);
        float[] sum = logits(Adapters.none().with(one.plus(other.scaledBy(2))));
        float[] doubled =
                logits(Adapters.none().with(other.plus(one.scaledBy(0.5f)).scaledBy(2)));

        assertThat(Differences.relativeL2(doubled, sum)).isLessThan(TOLERANCE);
        assertThat(logits(Adapters.none().with(one.scaledBy(0)))).containsExactly(base);
        assertThat(logits(Adapters.none())).containsExactly(base);
    }

    @Test
    void layersOfAnEarlierControlVectorLeaveNoTrace() {
        float[] onlyTheLast = logits(Adapters.none().with(vector(6).onLayers(2, 2)));
        context.use(Adapters.none().with(vector(7)));
        logits(context);

        assertThat(logits(Adapters.none().with(vector(6).onLayers(2, 2)))).containsExactly(onlyTheLast);
    }

    @Test
    void adaptersAndControlVectorsWorkTogether() {
        ControlVector vector = vector(8);
        float[] both = logits(Adapters.of(first).with(vector));
        Path merged = RandomLora.merge(TestModels.tinyLlava(), Map.of(FIRST, 1f), folder.resolve("both.gguf"));
        float[] reference;
        try (Model other = Model.open(merged);
                InferenceContext its = context(other)) {
            its.use(Adapters.none().with(vector));
            reference = logits(its);
        }

        assertThat(Differences.relativeL2(both, reference)).isLessThan(TOLERANCE);
    }

    private static ControlVector vector(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[][] directions = new float[2][model.embeddingSize()];
        for (float[] direction : directions) {
            for (int i = 0; i < direction.length; i++) {
                direction[i] = (float) random.nextDouble(-0.5, 0.5);
            }
        }
        return ControlVector.of(directions);
    }
}
