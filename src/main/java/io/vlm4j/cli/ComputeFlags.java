package io.vlm4j.cli;

import io.vlm4j.inference.ContextOptions;
import io.vlm4j.model.LoadListener;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.model.Threads;
import io.vlm4j.vlm.VlmOptions;
import picocli.CommandLine.Option;

/// What a model is computed on.
final class ComputeFlags {
    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "CPU threads. Default: what this machine has to spare, now ${DEFAULT-VALUE}.")
    private int threads = Threads.recommended();

    @Option(
            names = {"-c", "--context"},
            paramLabel = "N",
            description = "Most tokens of prompt and answer together. Default: what the model was made for, up to "
                    + ContextOptions.DEFAULT_LENGTH + ".")
    private int context;

    @Option(
            names = "--gpu-layers",
            paramLabel = "N",
            description =
                    "Layers to keep on the GPU if there is one; 0: none, and the projector not either. Default: all.")
    private int gpuLayers = ModelOptions.ALL_LAYERS;

    int threads() {
        return threads;
    }

    /// @throws Failure when a setting is out of range
    ModelOptions model(LoadListener listener) {
        try {
            return ModelOptions.builder()
                    .gpuLayers(gpuLayers)
                    .listener(listener)
                    .build();
        } catch (IllegalArgumentException e) {
            throw Failure.ofSetting(e);
        }
    }

    /// @throws Failure when a setting is out of range
    ProjectorOptions projector(LoadListener listener) {
        try {
            return ProjectorOptions.builder()
                    .gpu(gpuLayers != 0)
                    .threads(threads)
                    .listener(listener)
                    .build();
        } catch (IllegalArgumentException e) {
            throw Failure.ofSetting(e);
        }
    }

    /// @throws Failure when a setting is out of range
    ContextOptions context() {
        return context(context);
    }

    /// The same for a context of another length.
    ContextOptions context(int length) {
        try {
            return ContextOptions.builder()
                    .threads(threads)
                    .contextLength(length)
                    .build();
        } catch (IllegalArgumentException e) {
            throw Failure.ofSetting(e);
        }
    }

    /// @throws Failure when a setting is out of range
    VlmOptions all(LoadListener model, LoadListener projector) {
        return new VlmOptions(model(model), projector(projector), context());
    }
}
