package io.vlm4j.cli;

import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.LoadListener;
import io.vlm4j.model.Model;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.model.Threads;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.scheduling.SchedulerOptions;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What a served model is computed on, under llama-server's names.
final class ServeComputeFlags {
    private static final int DEFAULT_SLOT = 4096;

    @Option(
            names = {"-c", "--ctx-size", "--context"},
            paramLabel = "N",
            description = "Tokens of all slots together, which share it. Default: for each slot what the model was made"
                    + " for, up to " + DEFAULT_SLOT + ".")
    private int context;

    @Option(
            names = {"-np", "--parallel"},
            paramLabel = "N",
            description = "Slots: answers at a time. Default: ${DEFAULT-VALUE}.")
    private int slots = SchedulerOptions.DEFAULT_SLOTS;

    @Option(
            names = "--queue",
            paramLabel = "N",
            description = "Most requests that wait for a slot; more get status 503. Default: ${DEFAULT-VALUE}.")
    private int queue = SchedulerOptions.DEFAULT_QUEUE;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "CPU threads. Default: what this machine has to spare, now ${DEFAULT-VALUE}.")
    private int threads = Threads.recommended();

    @Option(
            names = {"-tb", "--threads-batch"},
            paramLabel = "N",
            description = "CPU threads for prompts. Default: as --threads.")
    private @Nullable Integer batchThreads;

    @Option(
            names = {"-ngl", "--gpu-layers", "--n-gpu-layers"},
            paramLabel = "N",
            description = "Layers to keep on the GPU if there is one, or auto, or all; 0: none, and the projector not"
                    + " either. Default: all.")
    private String gpuLayers = "all";

    @Option(
            names = {"-b", "--batch-size"},
            paramLabel = "N",
            description = "Most tokens evaluated in one call. Default: ${DEFAULT-VALUE}.")
    private int batchSize = 2048;

    @Option(
            names = {"-ub", "--ubatch-size"},
            paramLabel = "N",
            description = "Most tokens computed at a time. Default: ${DEFAULT-VALUE}.")
    private int microBatchSize = 512;

    @Option(
            names = {"-fa", "--flash-attn"},
            paramLabel = "on|off|auto",
            arity = "0..1",
            fallbackValue = "on",
            description = "Flash attention. Default: ${DEFAULT-VALUE}.")
    private String flashAttention = "auto";

    @Option(
            names = {"-ctk", "--cache-type-k"},
            paramLabel = "TYPE",
            description = "Numbers of the KV cache: f16, f32, bf16 or q8_0. Default: ${DEFAULT-VALUE}.")
    private String cacheType = "f16";

    @Option(
            names = "--prefill-tokens",
            paramLabel = "N",
            description =
                    "Most tokens of new prompts evaluated in one step beside running answers; there are fewer where"
                            + " they would make a step take several times as long. Default: the scheduler's.")
    private @Nullable Integer prefillTokens;

    @Option(
            names = {"-cram", "--cache-ram"},
            paramLabel = "MIB",
            description = "Memory outside the context for what ended answers have left in it, for prompts that go on"
                    + " from there. Default: ${DEFAULT-VALUE}.")
    private int parkedMebibytes = (int) (SchedulerOptions.DEFAULT_PARKED_BYTES >> 20);

    @Option(
            names = "--chat-template-file",
            paramLabel = "FILE",
            description = "A Jinja template instead of the model's own.")
    private @Nullable Path templateFile;

    @Option(names = "--chat-template", paramLabel = "TEXT", description = "The same as text, or the name chatml.")
    private @Nullable String template;

    @Option(
            names = {"--jinja", "-cb", "--cont-batching", "--no-warmup", "--log-disable", "--slots", "--props"},
            description = "Taken, so that command lines of llama-server work; this server does so anyway, or has none.")
    @SuppressWarnings("UnusedVariable")
    private boolean taken;

    /// Before files are looked for.
    ///
    /// @throws Failure when a setting has no meaning
    void check() {
        layers();
        flash();
        cache();
    }

    /// @throws Failure when a setting is out of range
    ModelOptions model(LoadListener listener) {
        try {
            return ModelOptions.builder().gpuLayers(layers()).listener(listener).build();
        } catch (IllegalArgumentException e) {
            throw Failure.ofSetting(e);
        }
    }

    private int layers() {
        if (gpuLayers.equalsIgnoreCase("all") || gpuLayers.equalsIgnoreCase("auto")) {
            return ModelOptions.ALL_LAYERS;
        }
        try {
            return Integer.parseInt(gpuLayers);
        } catch (NumberFormatException e) {
            throw new Failure(ExitCode.USAGE, "--gpu-layers must be a number, auto or all, not '" + gpuLayers + "'", e);
        }
    }

    /// @throws Failure when a setting is out of range
    ProjectorOptions projector(LoadListener listener, EmbeddingCache cache) {
        try {
            return ProjectorOptions.builder()
                    .gpu(layers() != 0)
                    .threads(threads)
                    .listener(listener)
                    .cache(cache)
                    .build();
        } catch (IllegalArgumentException e) {
            throw Failure.ofSetting(e);
        }
    }

    ChatTemplate template(Model model) {
        if (template != null && templateFile != null) {
            throw new Failure(ExitCode.USAGE, "--chat-template and --chat-template-file exclude each other");
        }
        if (templateFile != null) {
            return ChatTemplate.of(model, GenerationFlags.read(templateFile));
        }
        return template == null ? ChatTemplate.of(model) : ChatTemplate.of(model, template);
    }

    /// For the scheduler's context; the length of it is what all slots share.
    ///
    /// @throws Failure when a setting is out of range
    SchedulerOptions scheduler(Model model) {
        try {
            int together = model.seesByItself() ? 1 : slots; // such models answer one at a time
            int length = context > 0 ? context : together * Math.min(model.trainedContextLength(), DEFAULT_SLOT);
            SchedulerOptions.Builder options = SchedulerOptions.builder()
                    .slots(slots)
                    .queue(queue)
                    .context(context(length))
                    .parkedBytes((long) parkedMebibytes << 20);
            if (prefillTokens != null) {
                options.prefillTokens(prefillTokens);
            }
            return options.build();
        } catch (IllegalArgumentException e) {
            throw Failure.ofSetting(e);
        }
    }

    /// For a context of one request at a time.
    ContextOptions alone(Model model) {
        return context(Math.min(model.trainedContextLength(), 2048));
    }

    private ContextOptions context(int length) {
        return ContextOptions.builder()
                .contextLength(length)
                .threads(threads)
                .batchThreads(batchThreads == null ? threads : batchThreads)
                .batchSize(batchSize)
                .microBatchSize(microBatchSize)
                .flashAttention(flash())
                .cacheType(cache())
                .build();
    }

    private FlashAttention flash() {
        return switch (flashAttention.toLowerCase(Locale.ROOT)) {
            case "on", "1", "true", "enabled" -> FlashAttention.ON;
            case "off", "0", "false", "disabled" -> FlashAttention.OFF;
            case "auto", "-1" -> FlashAttention.AUTO;
            default ->
                throw new Failure(ExitCode.USAGE, "--flash-attn must be on, off or auto, not '" + flashAttention + "'");
        };
    }

    private CacheType cache() {
        try {
            return CacheType.valueOf(cacheType.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new Failure(
                    ExitCode.USAGE, "--cache-type-k must be f16, f32, bf16 or q8_0, not '" + cacheType + "'", e);
        }
    }
}
