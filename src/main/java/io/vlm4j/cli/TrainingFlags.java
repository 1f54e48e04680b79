package io.vlm4j.cli;

import io.vlm4j.graph.WeightOptions;
import io.vlm4j.model.Threads;
import io.vlm4j.training.AdamW;
import io.vlm4j.training.LearningRateSchedule;
import io.vlm4j.training.LoraOptions;
import io.vlm4j.training.LoraTarget;
import io.vlm4j.training.Optim;
import io.vlm4j.training.ProjectorGelu;
import io.vlm4j.training.SftOptions;
import io.vlm4j.training.TrainingStage;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How to train.
final class TrainingFlags {
    private static final long MOST_MEBIBYTES = Long.MAX_VALUE >> 20;

    @Option(
            names = "--stage",
            paramLabel = "STAGE",
            required = true,
            description =
                    "What is trained: projector, lora (adapters beside the decoder's matrices), or full (decoder and"
                            + " projector).")
    @SuppressWarnings("NullAway.Init") // by picocli
    private TrainingStage stage;

    @Option(
            names = "--learning-rate",
            paramLabel = "X",
            description = "At its highest. Default: 1e-3 for projector, 2e-4 for lora, 2e-5 for full.")
    private double learningRate;

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            description = "How it falls after the warm-up: constant, linear or cosine. Default: linear.")
    private LearningRateSchedule schedule = LearningRateSchedule.LINEAR;

    @Option(names = "--warmup", paramLabel = "N", description = "Steps in which it rises from 0. Default: 0.")
    private long warmup;

    @Option(names = "--epochs", paramLabel = "N", description = "How often to go through the data. Default: 3.")
    private int epochs = 3;

    @Option(names = "--max-steps", paramLabel = "N", description = "Make so many steps, whatever the epochs are.")
    private long maxSteps;

    @Option(names = "--batch", paramLabel = "N", description = "Examples of a batch. Default: ${DEFAULT-VALUE}.")
    private int batch = 8;

    @Option(names = "--accumulate", paramLabel = "N", description = "Batches of a step. Default: ${DEFAULT-VALUE}.")
    private int accumulate = 1;

    @Option(
            names = "--optim",
            paramLabel = "NAME",
            description = "adamw_torch, or adamw_8bit, which remembers in 8 bits. Default: adamw_torch.")
    private String optim = Optim.ADAMW_TORCH.label();

    @Option(
            names = "--optimizer-in-backward",
            description = "Make each step as soon as its gradient is known, so that gradients take no memory; with"
                    + " --clip 0 and --accumulate 1.")
    private boolean optimizerInBackward;

    @Option(
            names = "--weight-decay",
            paramLabel = "X",
            description = "AdamW's; biases and norms are left out. Default: 0.")
    private float weightDecay;

    @Option(
            names = "--clip",
            paramLabel = "X",
            description = "Shorten gradients that are longer; 0: never. Default: 1.")
    private double clip = 1;

    @Option(names = "--rank", paramLabel = "N", description = "Rank of adapters. Default: ${DEFAULT-VALUE}.")
    private int rank = LoraOptions.defaults().rank();

    @Option(names = "--alpha", paramLabel = "X", description = "Their alpha. Default: twice the rank.")
    private @Nullable Float alpha;

    @Option(
            names = "--dropout",
            paramLabel = "X",
            description = "Share of their inputs that is zeroed while they are trained. Default: 0.")
    private float dropout;

    @Option(
            names = "--targets",
            paramLabel = "NAMES",
            split = ",",
            description = "The matrices that get adapters, of q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj and"
                    + " down_proj, with commas between them. Default: all.")
    private @Nullable List<String> targets;

    @Option(names = "--with-projector", description = "Train the projector together with adapters.")
    private boolean withProjector;

    @Option(
            names = "--fresh-projector",
            description = "Begin with random numbers in the projector, as LLaVA's training does, instead of its own.")
    private boolean freshProjector;

    @Option(
            names = "--feature-cache",
            paramLabel = "DIR",
            description = "Keep what the vision tower makes of pictures in this folder, for later epochs and runs.")
    private @Nullable Path features;

    @Option(
            names = "--feature-cache-size",
            paramLabel = "MIB",
            description = "Most of that folder. Default: ${DEFAULT-VALUE}.")
    private long featureCacheSize = 32 << 10;

    @Option(
            names = "--activation-memory",
            paramLabel = "MIB",
            description = "What layers compute is kept for the way back up to this; beyond it, layers are computed"
                    + " twice. Default: ${DEFAULT-VALUE}.")
    private long activationMemory = 512;

    @Option(
            names = "--exact-gelu",
            description =
                    "Compute the projector as transformers does, not as llama.cpp; for results that go back there.")
    private boolean exactGelu;

    @Option(
            names = "--checkpoint-steps",
            paramLabel = "N",
            description = "Steps between checkpoints; 0: only at the end. Default: 500.")
    private long checkpointSteps = 500;

    @Option(
            names = "--eval-steps",
            paramLabel = "N",
            description = "Steps between evaluations; 0: only at the end. Default: 0.")
    private long evaluationSteps;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "End after N evaluations without a lower loss, and keep the best. Default: never.")
    private int patience;

    @Option(names = "--seed", paramLabel = "N", description = "Of everything random. Default: 42.")
    private long seed = 42;

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description = "What computes, of those that 'vlm4j devices' lists. Default: ${DEFAULT-VALUE}.")
    private String device = WeightOptions.CPU;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "CPU threads. Default: what this machine has to spare, now ${DEFAULT-VALUE}.")
    private int threads = Threads.recommended();

    boolean isLora() {
        return stage == TrainingStage.LORA;
    }

    /// @throws Failure when a setting is out of range
    SftOptions options(Path out, boolean resume) {
        try {
            SftOptions.Builder builder = SftOptions.builder(stage, out)
                    .lora(lora())
                    .optimizer(AdamW.defaults().withWeightDecay(weightDecay))
                    .optim(Optim.ofLabel(optim))
                    .optimizerInBackward(optimizerInBackward)
                    .schedule(schedule)
                    .warmupSteps(warmup)
                    .epochs(epochs)
                    .maxSteps(maxSteps)
                    .batchSize(batch)
                    .gradientAccumulation(accumulate)
                    .maxGradientNorm(clip)
                    .seed(seed)
                    .gelu(exactGelu ? ProjectorGelu.EXACT : ProjectorGelu.TANH)
                    .freshProjector(freshProjector)
                    .activationMemory(Math.min(activationMemory, MOST_MEBIBYTES) << 20)
                    .checkpointSteps(checkpointSteps)
                    .evaluationSteps(evaluationSteps)
                    .patience(patience)
                    .device(device)
                    .threads(threads)
                    .resume(resume);
            if (features != null) {
                builder.featureDirectory(features, Math.min(featureCacheSize, MOST_MEBIBYTES) << 20);
            }
            return (learningRate == 0 ? builder : builder.learningRate(learningRate)).build();
        } catch (IllegalArgumentException e) {
            throw Failure.ofSetting(e);
        }
    }

    private LoraOptions lora() {
        LoraOptions options = LoraOptions.defaults()
                .withRank(rank)
                .withAlpha(alpha == null ? 2 * rank : alpha)
                .withDropout(dropout)
                .withProjector(withProjector);
        return targets == null
                ? options
                : options.withTargets(targets.stream().map(LoraTarget::ofLabel).collect(Collectors.toSet()));
    }
}
