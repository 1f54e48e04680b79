package io.vlm4j.training.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.graph.internal.Compute;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ggml.ComputeBackends;
import io.vlm4j.natives.ggml.GraphMemory;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.training.AdamW;
import io.vlm4j.training.LearningRateSchedule;
import io.vlm4j.training.LoraOptions;
import io.vlm4j.training.Optim;
import io.vlm4j.training.ProjectorGelu;
import io.vlm4j.training.TrainingStage;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Steps on the way back against steps after it: the same numbers, bit for bit.
@Tag("native")
class InBackwardTest {
    private static final AdamW ADAM = AdamW.defaults().withWeightDecay(0.1f);
    private static final int STEPS = 4;

    private static Engine engine(TrainingStage stage, Optim optim, boolean inBackward, long activationMemory) {
        return new Engine(
                TestModels.tinyLlava(),
                TestModels.tinyLlavaProjector(),
                new Recipe(stage, LoraOptions.defaults().withRank(4).withProjector(true), false, false),
                ProjectorGelu.EXACT,
                1,
                7,
                activationMemory,
                new Optimization(optim, inBackward, 4),
                Placement.CPU);
    }

    /// With pictures but in the third step, in which the projector gets no gradient.
    private static List<Sample> samples(Network network, int step) {
        int vocabulary = network.architecture().vocabulary();
        int width = Math.toIntExact(network.visionWidth());
        List<Sample> samples = new ArrayList<>();
        for (int example = 0; example < 3; example++) {
            int[] ids = new int[12 + example];
            int[] labels = new int[ids.length];
            float[] features = new float[4 * width];
            for (int i = 0; i < features.length; i++) {
                features[i] = (i * 31 + example * 17 + step) % 101 / 50f - 1;
            }
            for (int i = 0; i < ids.length; i++) {
                int id = 3 + (i * 7919 + example * 104_729 + step) % (vocabulary - 3);
                ids[i] = i > 0 && i <= 4 && step != 2 ? Sample.IMAGE : id;
                labels[i] = i > 6 ? id : ForwardInput.IGNORED;
            }
            samples.add(new Sample(ids, labels, step == 2 ? null : Tensor.ofFloats(Shape.of(4, width), features)));
        }
        return samples;
    }

    private record Trained(Map<String, float[]> weights, List<StepMaker.Figures> figures, long coded) {}

    private static Trained train(TrainingStage stage, Optim optim, boolean inBackward, long activationMemory) {
        try (Engine engine = engine(stage, optim, inBackward, activationMemory)) {
            StepMaker maker = new StepMaker(engine, ADAM, 1e-3, LearningRateSchedule.CONSTANT, 0, STEPS, 0, 1);
            List<StepMaker.Figures> figures = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                figures.add(maker.step(samples(engine.network(), step), step));
            }
            Map<String, float[]> weights = new LinkedHashMap<>();
            engine.parameters()
                    .all()
                    .forEach(trained ->
                            weights.put(trained.name(), trained.weights().floats()));
            long coded = engine.parameters().all().stream()
                    .filter(trained -> trained.first().isCoded())
                    .count();
            return new Trained(weights, figures, coded);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "FULL, ADAMW_TORCH, 67108864",
        "FULL, ADAMW_TORCH, 0",
        "FULL, ADAMW_8BIT, 67108864",
        "LORA, ADAMW_TORCH, 67108864",
        "PROJECTOR, ADAMW_8BIT, 67108864"
    })
    void weightsAreTheSameBits(TrainingStage stage, Optim optim, long activationMemory) {
        Trained after = train(stage, optim, false, 67_108_864);
        Trained early = train(stage, optim, true, activationMemory);

        after.weights()
                .forEach((name, numbers) ->
                        assertThat(early.weights().get(name)).as(name).containsExactly(numbers));
        for (int step = 0; step < STEPS; step++) {
            StepMaker.Figures figures = early.figures().get(step);
            assertThat(figures.loss()).isEqualTo(after.figures().get(step).loss());
            double norm = after.figures().get(step).norm();
            assertThat(figures.norm()).isCloseTo(norm, within(1e-6 * norm));
        }
    }

    @Test
    void eightBitsLearnWhatSinglePrecisionLearns() {
        Trained single = train(TrainingStage.FULL, Optim.ADAMW_TORCH, false, 67_108_864);
        Trained coded = train(TrainingStage.FULL, Optim.ADAMW_8BIT, false, 67_108_864);

        assertThat(coded.coded()).isPositive();
        assertThat(single.coded()).isZero();
        assertThat(coded.figures().getLast().loss() / single.figures().getLast().loss())
                .isBetween(0.98, 1.02);
        single.weights()
                .forEach((name, numbers) -> assertThat(
                                Differences.relativeL2(coded.weights().get(name), numbers))
                        .as(name)
                        .isLessThan(0.02));
    }

    @Test
    void aDeviceThatIsNotThereIsNamedAndEightBitsNeedTheCpu() {
        assertThatThrownBy(() -> new Engine(
                        TestModels.tinyLlava(),
                        null,
                        new Recipe(TrainingStage.FULL, LoraOptions.defaults(), false, false),
                        ProjectorGelu.EXACT,
                        1,
                        7,
                        0,
                        Optimization.DEFAULT,
                        new Placement("Abacus", false)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no device 'Abacus'");
        assertThatThrownBy(() -> new Engine(
                        TestModels.tinyLlava(),
                        null,
                        new Recipe(TrainingStage.FULL, LoraOptions.defaults(), false, false),
                        ProjectorGelu.EXACT,
                        1,
                        7,
                        0,
                        new Optimization(Optim.ADAMW_8BIT, false, 1),
                        new Placement("CUDA0", false)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("adamw_8bit");
    }

    @Test
    void whatADeviceCannotComputeIsToldByItsOperations() {
        try (Engine engine = engine(TrainingStage.FULL, Optim.ADAMW_TORCH, false, 0)) {
            Sample sample = Sample.together(samples(engine.network(), 0));

            assertThat(engine.unsupported(sample)).as("of a CPU").isEmpty();
        }
        try (Compute compute = new Compute(ComputeBackends.cpu(), 1, 16);
                NativeHandle descriptions = GraphMemory.descriptions(16, 16)) {
            GraphOps ops = new GraphOps(descriptions.segment());
            MemorySegment graph = ops.graph(16);
            int half = GgmlType.F16.id();
            GraphOps.add(
                    graph,
                    ops.matrixProduct(ops.input("matrix", GgmlType.Q4_0.id(), 32, 2), ops.input("rows", half, 32, 3)));

            assertThat(ComputeBackends.unsupported(graph, ComputeBackends.cpu()))
                    .isEqualTo("MUL_MAT (1)");
            assertThat(compute.workspace()).isZero();
        }
    }
}
