package io.vlm4j.training;

import io.vlm4j.graph.WeightOptions;
import io.vlm4j.model.Threads;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/// How an [SftTrainer] trains, as TRL's `SFTConfig`. An immutable value.
///
/// @param stage                what is trained
/// @param out                  the folder for checkpoints, logs and results; made if it is not there
/// @param lora                 how adapters are made, for [TrainingStage#LORA]
/// @param optimizer            makes the steps
/// @param optim                how the optimizer remembers; 8 bits take a quarter of the memory
/// @param optimizerInBackward  whether each step is made on the way back as soon as its gradient is known, so that
///                             gradients take no memory. All examples of a step are computed together then, so
///                             `gradientAccumulation` is 1, and nothing is shortened, so `maxGradientNorm` is 0.
///                             Asked to stop, a trainer makes the step under way; and when a loss is no number, the
///                             weights are not as before, and the last checkpoint is what is left
/// @param learningRate         at its highest
/// @param schedule             how it changes
/// @param warmupSteps          in which it rises from 0
/// @param epochs               how often the dataset is gone through
/// @param maxSteps             steps to make, whatever the epochs are; 0: as many as the epochs have
/// @param batchSize            examples of a batch
/// @param gradientAccumulation batches of a step
/// @param maxGradientNorm      gradients longer than that are shortened to it; 0: never
/// @param shuffle              whether each epoch has an order of its own
/// @param seed                 of the orders, of dropout and of what adapters begin with
/// @param gelu                 how the projector is computed
/// @param freshProjector       whether the projector begins with random numbers, as LLaVA's does, and not with its own
/// @param checkpointSteps      steps between checkpoints; 0: only at the end
/// @param keptCheckpoints      how many of them stay
/// @param evaluationSteps      steps between evaluations; 0: only at the end
/// @param patience             evaluations without a lower loss after which training ends early; 0: it does not
/// @param featureMemory        bytes of what the vision tower saw that are kept on the heap
/// @param featureDirectory     a folder that keeps it beyond the process, so that data sets of any size are encoded
///     once;
///                             it may be shared
/// @param featureDirectoryBytes most bytes of files in that folder
/// @param activationMemory     bytes of what layers compute that are kept for the way back; what does not fit is
///                             computed once more, from each layer's inputs, and examples go through the layers by
///                             fewer at a time
/// @param device               the name of the device that computes, as [io.vlm4j.runtime.Device#name()] has it
/// @param threads              of the CPU
/// @param resume               whether to go on from the last checkpoint in the folder, if there is one
public record SftOptions(
        TrainingStage stage,
        Path out,
        LoraOptions lora,
        AdamW optimizer,
        Optim optim,
        boolean optimizerInBackward,
        double learningRate,
        LearningRateSchedule schedule,
        long warmupSteps,
        int epochs,
        long maxSteps,
        int batchSize,
        int gradientAccumulation,
        double maxGradientNorm,
        boolean shuffle,
        long seed,
        ProjectorGelu gelu,
        boolean freshProjector,
        long checkpointSteps,
        int keptCheckpoints,
        long evaluationSteps,
        int patience,
        long featureMemory,
        Optional<Path> featureDirectory,
        long featureDirectoryBytes,
        long activationMemory,
        String device,
        int threads,
        boolean resume) {
    /// @throws IllegalArgumentException naming the value that makes no sense
    public SftOptions {
        Objects.requireNonNull(stage, "stage");
        Objects.requireNonNull(out, "out");
        Objects.requireNonNull(lora, "lora");
        Objects.requireNonNull(optimizer, "optimizer");
        Objects.requireNonNull(optim, "optim");
        Objects.requireNonNull(schedule, "schedule");
        Objects.requireNonNull(gelu, "gelu");
        if (!(learningRate > 0) || learningRate > 1) {
            throw new IllegalArgumentException("learningRate must be above 0 and at most 1: " + learningRate);
        }
        if (!(maxGradientNorm >= 0)) {
            throw new IllegalArgumentException("maxGradientNorm must be 0 or more: " + maxGradientNorm);
        }
        if (optimizerInBackward && (maxGradientNorm != 0 || gradientAccumulation != 1)) {
            throw new IllegalArgumentException(
                    "optimizerInBackward needs a maxGradientNorm of 0 and a gradientAccumulation of 1, not "
                            + maxGradientNorm + " and " + gradientAccumulation);
        }
        if (freshProjector && stage == TrainingStage.LORA && !lora.projector()) {
            throw new IllegalArgumentException("freshProjector is for stages that train the projector");
        }
        requireAtLeast("warmupSteps", warmupSteps, 0);
        requireAtLeast("epochs", epochs, 1);
        requireAtLeast("maxSteps", maxSteps, 0);
        requireAtLeast("batchSize", batchSize, 1);
        requireAtLeast("gradientAccumulation", gradientAccumulation, 1);
        requireAtLeast("checkpointSteps", checkpointSteps, 0);
        requireAtLeast("keptCheckpoints", keptCheckpoints, 1);
        requireAtLeast("evaluationSteps", evaluationSteps, 0);
        requireAtLeast("patience", patience, 0);
        requireAtLeast("featureMemory", featureMemory, 0);
        Objects.requireNonNull(device, "device");
        Objects.requireNonNull(featureDirectory, "featureDirectory");
        requireAtLeast("featureDirectoryBytes", featureDirectoryBytes, 1);
        requireAtLeast("activationMemory", activationMemory, 0);
        requireAtLeast("threads", threads, 1);
    }

    private static void requireAtLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be " + least + " or more: " + value);
        }
    }

    /// The defaults of transformers' trainer, but for the learning rate: 1e-3 for the projector, 2e-4 for adapters,
    /// 2e-5 for the whole decoder; and one thread for each processor that is free.
    public static Builder builder(TrainingStage stage, Path out) {
        return new Builder(stage, out);
    }

    /// Examples of a step.
    public long examplesPerStep() {
        return (long) batchSize * gradientAccumulation;
    }

    /// Collects settings.
    public static final class Builder {
        private static final long DEFAULT_FEATURES =
                Math.min(1L << 30, Runtime.getRuntime().maxMemory() / 4);

        private static final long DEFAULT_FOLDER = 32L << 30;

        private static final long DEFAULT_ACTIVATIONS = 512L << 20;

        private final TrainingStage stage;
        private final Path out;
        private LoraOptions lora = LoraOptions.defaults();
        private AdamW optimizer = AdamW.defaults();
        private Optim optim = Optim.ADAMW_TORCH;
        private boolean optimizerInBackward;
        private double learningRate;
        private LearningRateSchedule schedule = LearningRateSchedule.LINEAR;
        private long warmupSteps;
        private int epochs = 3;
        private long maxSteps;
        private int batchSize = 8;
        private int gradientAccumulation = 1;
        private double maxGradientNorm = 1;
        private boolean shuffle = true;
        private long seed = 42;
        private ProjectorGelu gelu = ProjectorGelu.TANH;
        private boolean freshProjector;
        private long checkpointSteps = 500;
        private int keptCheckpoints = 2;
        private long evaluationSteps;
        private int patience;
        private long featureMemory = DEFAULT_FEATURES;
        private Optional<Path> featureDirectory = Optional.empty();
        private long featureDirectoryBytes = DEFAULT_FOLDER;
        private long activationMemory = DEFAULT_ACTIVATIONS;
        private String device = WeightOptions.CPU;
        private int threads = Threads.recommended();
        private boolean resume;

        private Builder(TrainingStage stage, Path out) {
            this.stage = Objects.requireNonNull(stage, "stage");
            this.out = Objects.requireNonNull(out, "out");
            this.learningRate = switch (stage) {
                case PROJECTOR -> 1e-3;
                case LORA -> 2e-4;
                case FULL -> 2e-5;
            };
        }

        public Builder lora(LoraOptions value) {
            lora = value;
            return this;
        }

        public Builder optimizer(AdamW value) {
            optimizer = value;
            return this;
        }

        public Builder optim(Optim value) {
            optim = value;
            return this;
        }

        public Builder optimizerInBackward(boolean value) {
            optimizerInBackward = value;
            return this;
        }

        public Builder learningRate(double value) {
            learningRate = value;
            return this;
        }

        public Builder schedule(LearningRateSchedule value) {
            schedule = value;
            return this;
        }

        public Builder warmupSteps(long value) {
            warmupSteps = value;
            return this;
        }

        public Builder epochs(int value) {
            epochs = value;
            return this;
        }

        public Builder maxSteps(long value) {
            maxSteps = value;
            return this;
        }

        public Builder batchSize(int value) {
            batchSize = value;
            return this;
        }

        public Builder gradientAccumulation(int value) {
            gradientAccumulation = value;
            return this;
        }

        public Builder maxGradientNorm(double value) {
            maxGradientNorm = value;
            return this;
        }

        public Builder shuffle(boolean value) {
            shuffle = value;
            return this;
        }

        public Builder seed(long value) {
            seed = value;
            return this;
        }

        public Builder gelu(ProjectorGelu value) {
            gelu = value;
            return this;
        }

        public Builder freshProjector(boolean value) {
            freshProjector = value;
            return this;
        }

        public Builder checkpointSteps(long value) {
            checkpointSteps = value;
            return this;
        }

        public Builder keptCheckpoints(int value) {
            keptCheckpoints = value;
            return this;
        }

        public Builder evaluationSteps(long value) {
            evaluationSteps = value;
            return this;
        }

        public Builder patience(int value) {
            patience = value;
            return this;
        }

        public Builder featureMemory(long bytes) {
            featureMemory = bytes;
            return this;
        }

        /// A folder of at most 32 GiB.
        public Builder featureDirectory(Path value) {
            return featureDirectory(value, DEFAULT_FOLDER);
        }

        public Builder featureDirectory(Path value, long bytes) {
            featureDirectory = Optional.of(value);
            featureDirectoryBytes = bytes;
            return this;
        }

        public Builder activationMemory(long bytes) {
            activationMemory = bytes;
            return this;
        }

        public Builder device(String name) {
            device = name;
            return this;
        }

        public Builder threads(int value) {
            threads = value;
            return this;
        }

        public Builder resume(boolean value) {
            resume = value;
            return this;
        }

        /// @throws IllegalArgumentException naming the value that makes no sense
        public SftOptions build() {
            return new SftOptions(
                    stage,
                    out,
                    lora,
                    optimizer,
                    optim,
                    optimizerInBackward,
                    learningRate,
                    schedule,
                    warmupSteps,
                    epochs,
                    maxSteps,
                    batchSize,
                    gradientAccumulation,
                    maxGradientNorm,
                    shuffle,
                    seed,
                    gelu,
                    freshProjector,
                    checkpointSteps,
                    keptCheckpoints,
                    evaluationSteps,
                    patience,
                    featureMemory,
                    featureDirectory,
                    featureDirectoryBytes,
                    activationMemory,
                    device,
                    threads,
                    resume);
        }
    }
}
