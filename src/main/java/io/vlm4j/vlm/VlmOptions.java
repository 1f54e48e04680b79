package io.vlm4j.vlm;

import io.vlm4j.inference.ContextOptions;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.ProjectorOptions;
import java.util.Objects;

/// How the parts of a [Vlm] are made.
public record VlmOptions(ModelOptions model, ProjectorOptions projector, ContextOptions context) {
    public VlmOptions {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(projector, "projector");
        Objects.requireNonNull(context, "context");
    }

    public static VlmOptions defaults() {
        return new VlmOptions(ModelOptions.defaults(), ProjectorOptions.defaults(), ContextOptions.defaults());
    }

    /// The same number of CPU threads for everything.
    public VlmOptions withThreads(int threads) {
        ProjectorOptions.Builder seeing = projector.toBuilder().threads(threads);
        ContextOptions.Builder thinking = ContextOptions.builder()
                .contextLength(context.contextLength())
                .batchSize(context.batchSize())
                .microBatchSize(context.microBatchSize())
                .threads(threads)
                .flashAttention(context.flashAttention())
                .cacheType(context.cacheType());
        return new VlmOptions(model, seeing.build(), thinking.build());
    }

    public VlmOptions withModel(ModelOptions value) {
        return new VlmOptions(value, projector, context);
    }

    public VlmOptions withProjector(ProjectorOptions value) {
        return new VlmOptions(model, value, context);
    }

    public VlmOptions withContext(ContextOptions value) {
        return new VlmOptions(model, projector, value);
    }
}
