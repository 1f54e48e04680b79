package io.vlm4j.training.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.gguf.Safetensors;
import io.vlm4j.graph.Architecture;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.training.AdamW;
import io.vlm4j.training.LearningRateSchedule;
import io.vlm4j.training.LoraOptions;
import io.vlm4j.training.ProjectorGelu;
import io.vlm4j.training.TrainingStage;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Losses, gradients and 50 steps against PyTorch's autograd and AdamW on the same weights.
@Tag("native")
class EngineTest {
    private static final int STEPS = 50;
    private static final long KEPT = 64 << 20;
    private static final long COMPUTED_AGAIN = 0; // bytes of what layers compute
    private static final double RATE = 3e-3;
    private static final AdamW ADAM = AdamW.defaults().withWeightDecay(0.01f).withDecaysAll(true);
    private static final LoraOptions LORA = LoraOptions.defaults().withRank(4).withAlpha(8);

    @ParameterizedTest
    @CsvSource({
        "llava-f32, projector, erf, 1e-5",
        "llava-f32, projector, tanh, 1e-5",
        "llava-f32, lora, erf, 1e-5",
        "llava-f32, lora_projector, erf, 1e-5",
        "llava-f32, lora_projector, tanh, 1e-5",
        "llava-f32, full, erf, 1e-5",
        "llava-f32, full, tanh, 1e-5",
        "llavaq-q8_0, projector, erf, 1e-4",
        "llavaq-q8_0, lora_projector, erf, 1e-4",
        "llavaq-q4_k, lora, erf, 1e-4",
        "llavaq-q4_k, lora_projector, tanh, 1e-4"
    })
    void gradientsAndLossesAreThoseOfPyTorch(String base, String mode, String gelu, double tolerance) {
        compare(base, mode, gelu, tolerance, KEPT, Placement.CPU);
        compare(base, mode, gelu, tolerance, COMPUTED_AGAIN, Placement.CPU);
    }

    /// Here on a CPU, which does not show what another device makes of them.
    @ParameterizedTest
    @CsvSource({
        "llava-f32, full, erf, 1e-5",
        "llava-f32, full, tanh, 1e-5",
        "llava-f32, lora_projector, erf, 1e-5",
        "llavaq-q4_k, lora_projector, tanh, 1e-4"
    })
    void nodesThatEveryDeviceHasGiveTheSame(String base, String mode, String gelu, double tolerance) {
        compare(base, mode, gelu, tolerance, KEPT, new Placement("CPU", true));
    }

    private static void compare(
            String base, String mode, String gelu, double tolerance, long activationMemory, Placement placement) {
        String model = base.substring(0, base.indexOf('-'));
        String example = model.equals("llava") ? "llava/single" : "llava/quantised";
        try (Golden golden = GoldenTraining.open("train/" + base + "/" + mode + "-" + gelu);
                Golden input = GoldenTraining.open(example);
                Engine engine = engine(model, base, mode, gelu, true, activationMemory, placement)) {
            Sample sample = GoldenTraining.sample(input, "", imageToken(model));
            float[] curve = golden.floats("curve");
            begin(engine, model);

            assertThat(engine.loss(sample)).isCloseTo(curve[0], within(5e-6f));
            assertThat(engine.learn(sample, 1, 0)).isCloseTo(curve[0], within(5e-6f));
            double worst = 0;
            for (Trainable trained : engine.parameters().all()) {
                worst = Math.max(worst, difference(golden, engine, trained));
            }
            assertThat(worst).as("gradients").isLessThan(tolerance);

            double off = 0;
            for (int step = 1; step <= STEPS; step++) {
                engine.prepare(ADAM, RATE, step);
                engine.update(1);
                float loss = step < STEPS ? engine.learn(sample, 1, 0) : engine.loss(sample);
                off = Math.max(off, Math.abs(loss - curve[step]));
            }
            assertThat(off).as("losses").isLessThan(1e-4);
        }
    }

    /// Three examples a step, weighted by their tokens, gradients shortened to 1, a cosine after 5 steps of warm-up.
    @ParameterizedTest
    @CsvSource({
        "lora_projector, 0.01, true, 0",
        "lora_projector, 0.01, true, 67108864",
        "full-hf-decay, 0.1, false, 0",
        "full-hf-decay, 0.1, false, 67108864"
    })
    void stepsOfSeveralExamplesAreThoseOfTransformers(
            String name, float decay, boolean decaysAll, long activationMemory) {
        String mode = name.replace("-hf-decay", "");
        try (Golden golden = GoldenTraining.open("train/accumulate/" + name);
                Golden input = GoldenTraining.open("llava/batch");
                Engine engine = engine("llava", "llava-f32", mode, "erf", decaysAll, activationMemory)) {
            begin(engine, "llava");
            List<Sample> samples = IntStream.range(0, 3)
                    .mapToObj(i -> GoldenTraining.sample(input, "example." + i + ".", imageToken("llava")))
                    .toList();
            float[] curve = golden.floats("curve");
            float[] norms = golden.floats("grad_norm");
            AdamW adam = AdamW.defaults().withWeightDecay(decay).withDecaysAll(decaysAll);
            StepMaker steps = new StepMaker(engine, adam, RATE, LearningRateSchedule.COSINE, 5, norms.length, 1, 0);
            for (int step = 0; step < norms.length; step++) {
                StepMaker.Figures figures = steps.step(samples, step);

                assertThat(figures.loss()).as("loss of step %d", step).isCloseTo(curve[step], within(2e-4));
                assertThat(figures.norm() / norms[step])
                        .as("norm of step %d", step)
                        .isCloseTo(1, within(2e-3));
                assertThat(figures.rate())
                        .as("rate of step %d", step)
                        .isCloseTo(LearningRateSchedule.COSINE.factor(step, 5, norms.length) * RATE, within(1e-12));
            }
            double worst = 0;
            for (Trainable trained : engine.parameters().all()) {
                worst = Math.max(worst, farthest(golden, engine, trained));
            }
            assertThat(worst).as("weights").isLessThan(1e-3);
        }
    }

    private static double farthest(Golden golden, Engine engine, Trainable trained) {
        float[] theirs;
        try {
            theirs = golden.floats("final." + GoldenTraining.name(trained.name()));
        } catch (IllegalArgumentException notStored) {
            return 0;
        }
        return Differences.maxAbs(
                trained.weights().floats(), ordered(engine.network().architecture(), trained, theirs));
    }

    /// transformers' get_scheduler, of which the golden data hold the cosine.
    @Test
    void learningRatesAreThoseOfTransformers() {
        try (Golden golden = GoldenTraining.open("train/accumulate/lora_projector");
                Safetensors tensors = Safetensors.open(
                        TestModels.reference("golden/cases/train/accumulate/lora_projector.safetensors"))) {
            int steps = golden.floats("grad_norm").length;
            float[] rates = tensors.tensor("lr").toFloatArray();
            for (int step = 0; step < steps; step++) {
                assertThat(LearningRateSchedule.COSINE.factor(step, 5, steps) * RATE)
                        .isCloseTo(rates[step], within(1e-9));
            }
        }
        assertThat(LearningRateSchedule.LINEAR.factor(2, 4, 10)).isEqualTo(0.5);
        assertThat(LearningRateSchedule.LINEAR.factor(7, 4, 10)).isEqualTo(0.5);
        assertThat(LearningRateSchedule.CONSTANT.factor(7, 4, 10)).isEqualTo(1);
    }

    private static Engine engine(
            String model, String base, String mode, String gelu, boolean decaysAll, long activationMemory) {
        return engine(model, base, mode, gelu, decaysAll, activationMemory, Placement.CPU);
    }

    private static Engine engine(
            String model,
            String base,
            String mode,
            String gelu,
            boolean decaysAll,
            long activationMemory,
            Placement placement) {
        Path folder = TestModels.reference("golden/models/" + model);
        TrainingStage stage = mode.startsWith("lora")
                ? TrainingStage.LORA
                : mode.equals("full") ? TrainingStage.FULL : TrainingStage.PROJECTOR;
        return new Engine(
                folder.resolve(base + ".gguf"),
                folder.resolve(model + "-mmproj.gguf"),
                new Recipe(stage, LORA.withProjector(mode.endsWith("projector")), decaysAll, false),
                gelu.equals("erf") ? ProjectorGelu.EXACT : ProjectorGelu.TANH,
                1,
                0,
                activationMemory,
                Optimization.DEFAULT,
                placement);
    }

    private static int imageToken(String model) {
        return Golden.json(TestModels.reference("golden/models/" + model + "/config.json"))
                .get("image_token_index")
                .asInt();
    }

    /// The reference's adapters, and its projector: that of the file is rounded to half precision.
    static void begin(Engine engine, String model) {
        Architecture architecture = engine.network().architecture();
        try (Safetensors adapter = Safetensors.open(GoldenTraining.adapter(model));
                Safetensors weights =
                        Safetensors.open(TestModels.reference("golden/models/" + model + "/model.safetensors"))) {
            for (Trainable trained : engine.parameters().all()) {
                String name = trained.name();
                if (name.contains(".lora_")) {
                    float[] theirs = GoldenTraining.floats(adapter, "base_model.model." + GoldenTraining.name(name));
                    Parameters.write(trained.weights(), ordered(architecture, trained, theirs));
                } else if (name.startsWith("mm.")) {
                    String theirs = GoldenTraining.name(name).substring("model.".length());
                    Parameters.write(trained.weights(), GoldenTraining.floats(weights, theirs));
                }
            }
        }
    }

    private static float[] ordered(Architecture architecture, Trainable trained, float[] theirs) {
        int width = Math.toIntExact(trained.shape().dim(trained.shape().rank() - 1));
        return GoldenTraining.ordered(
                trained.name(), theirs, width, architecture.heads(), architecture.keyValueHeads());
    }

    private static double difference(Golden golden, Engine engine, Trainable trained) {
        float[] theirs;
        try {
            theirs = golden.floats("grad." + GoldenTraining.name(trained.name()));
        } catch (IllegalArgumentException notStored) {
            return 0;
        }
        return Differences.relativeL2(
                Objects.requireNonNull(trained.gradient()).floats(),
                ordered(engine.network().architecture(), trained, theirs));
    }
}
