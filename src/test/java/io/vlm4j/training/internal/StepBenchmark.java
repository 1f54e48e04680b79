package io.vlm4j.training.internal;

import com.sun.management.OperatingSystemMXBean;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.RandomLlama;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.training.AdamW;
import io.vlm4j.training.LearningRateSchedule;
import io.vlm4j.training.LoraOptions;
import io.vlm4j.training.Optim;
import io.vlm4j.training.ProjectorGelu;
import io.vlm4j.training.TrainingStage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/// What a step of training takes: process CPU time at its median and resident memory at its most, with pictures whose
/// features are known. One thread. Prints one line of JSON. The properties `activations` (MiB), `optim` and `backward`
/// are the options of that name.
///
/// `java -cp ... io.vlm4j.training.internal.StepBenchmark STAGE STEPS MODEL MMPROJ ROWS IMAGE_ROWS SCORED EXAMPLES`,
/// or `... random FOLDER TYPE`, which writes a model of 125 million parameters with a projector there.
public final class StepBenchmark {
    private static final int VISION = 1024;
    private static final int WIDTH = 768;
    private static final int RANK = 16;
    private static final double MILLIS = 1e6;

    private StepBenchmark() {}

    public static void main(String[] args) throws IOException {
        if (args[0].equals("random")) {
            write(Path.of(args[1]), GgmlType.valueOf(args[2]));
            return;
        }
        int[] sizes = Arrays.stream(args, 4, 8).mapToInt(Integer::parseInt).toArray();
        measure(
                TrainingStage.valueOf(args[0].toUpperCase(Locale.ROOT)),
                Integer.parseInt(args[1]),
                Path.of(args[2]),
                Path.of(args[3]),
                sizes);
    }

    private static void write(Path folder, GgmlType type) {
        String name = "random-" + type.name().toLowerCase(Locale.ROOT) + ".gguf";
        new RandomLlama(12, WIDTH, 12, 4, 2048, 32_000, 2048, type, 1)
                .write(TestModels.bundled(), folder.resolve(name));
        GgufWriter mmproj =
                GgufWriter.create().put("general.architecture", "clip").put("clip.projector_type", "mlp");
        try (Arena arena = Arena.ofConfined()) {
            mmproj.tensor("mm.0.weight", GgmlType.F32, Shape.of(WIDTH, VISION), random(arena, WIDTH * VISION, VISION));
            mmproj.tensor("mm.0.bias", GgmlType.F32, Shape.of(WIDTH), random(arena, WIDTH, WIDTH));
            mmproj.tensor("mm.2.weight", GgmlType.F32, Shape.of(WIDTH, WIDTH), random(arena, WIDTH * WIDTH, WIDTH));
            mmproj.tensor("mm.2.bias", GgmlType.F32, Shape.of(WIDTH), random(arena, WIDTH, WIDTH));
            mmproj.write(folder.resolve("random-mmproj.gguf"));
        }
    }

    private static MemorySegment random(Arena arena, long count, int inputs) {
        SplittableRandom random = new SplittableRandom(count);
        MemorySegment numbers = arena.allocate(ValueLayout.JAVA_FLOAT, count);
        for (long i = 0; i < count; i++) {
            numbers.setAtIndex(
                    ValueLayout.JAVA_FLOAT, i, (float) ((2 * random.nextDouble() - 1) / Math.sqrt((double) inputs)));
        }
        return numbers;
    }

    @SuppressWarnings("SystemOut")
    private static void measure(TrainingStage stage, int steps, Path model, Path mmproj, int[] sizes)
            throws IOException {
        LoraOptions lora = LoraOptions.defaults().withRank(RANK);
        List<Long> nanos = new ArrayList<>();
        List<Double> losses = new ArrayList<>();
        try (Engine engine = new Engine(
                model,
                mmproj,
                new Recipe(stage, lora, false, false),
                ProjectorGelu.EXACT,
                1,
                1,
                Long.getLong("activations", 512) << 20,
                new Optimization(
                        Optim.ofLabel(System.getProperty("optim", "adamw_torch")),
                        Boolean.getBoolean("backward"),
                        sizes[3]),
                Placement.CPU)) {
            double clip = Boolean.getBoolean("backward") ? 0 : 1;
            StepMaker maker =
                    new StepMaker(engine, AdamW.defaults(), 1e-4, LearningRateSchedule.CONSTANT, 0, steps, clip, 1);
            List<Sample> samples = samples(engine.network(), sizes);
            for (int step = 0; step < steps; step++) {
                long before = cpu();
                losses.add(maker.step(samples, step).loss());
                nanos.add(cpu() - before);
            }
        }
        List<Long> sorted =
                nanos.stream().skip(Math.min(2, steps - 1L)).sorted().toList();
        double millis = sorted.get(sorted.size() / 2) / MILLIS;
        System.out.printf(
                Locale.ROOT,
                "{\"stage\": \"%s\", \"milliseconds\": %.1f, \"tokens_per_second\": %.1f, \"megabytes\": %d, "
                        + "\"first_loss\": %.5f, \"last_loss\": %.5f}%n",
                stage,
                millis,
                sizes[0] * sizes[3] / millis * 1e3,
                peak() >> 10,
                losses.getFirst(),
                losses.getLast());
    }

    /// Words and pictures that no random number generator of another language is needed for.
    private static List<Sample> samples(Network network, int[] sizes) {
        int vocabulary = network.architecture().vocabulary();
        int width = Math.toIntExact(network.visionWidth());
        List<Sample> samples = new ArrayList<>();
        for (int example = 0; example < sizes[3]; example++) {
            int[] ids = new int[sizes[0]];
            int[] labels = new int[sizes[0]];
            for (int i = 0; i < ids.length; i++) {
                boolean image = i >= 1 && i <= sizes[1];
                int id = 3 + (i * 7919 + example * 104_729) % (vocabulary - 3);
                ids[i] = image ? Sample.IMAGE : id;
                labels[i] = i >= ids.length - sizes[2] ? id : ForwardInput.IGNORED;
            }
            float[] features = new float[sizes[1] * width];
            for (int i = 0; i < features.length; i++) {
                features[i] = (i * 31 + example * 17) % 101 / 50f - 1;
            }
            samples.add(new Sample(ids, labels, Tensor.ofFloats(Shape.of(sizes[1], width), features)));
        }
        return samples;
    }

    private static long cpu() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static long peak() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }
}
