package io.vlm4j.server;

import io.vlm4j.attention.AnswerAttention;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.Embedder;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.scheduling.Scheduler;
import java.util.Objects;
import java.util.Optional;

/// What a [Server] serves. Borrowed: it is closed after the server, by whoever made it.
///
/// @param scheduler generates, with its model and projector
/// @param template  of conversations
/// @param embedder  makes embeddings; nobody else uses it meanwhile
/// @param attention shows where the model looked; nobody else uses it meanwhile
/// @param adapters  that answers are computed with where a request does not say; requests know the LoRA adapters among
///                  them by their place in the list, and may scale them otherwise
public record ServedModel(
        Scheduler scheduler,
        ChatTemplate template,
        Optional<Embedder> embedder,
        Optional<AnswerAttention> attention,
        Adapters adapters) {
    public ServedModel {
        Objects.requireNonNull(scheduler, "scheduler");
        Objects.requireNonNull(template, "template");
        Objects.requireNonNull(embedder, "embedder");
        Objects.requireNonNull(attention, "attention");
        Objects.requireNonNull(adapters, "adapters");
    }

    /// A model that answers, and no more.
    public static ServedModel of(Scheduler scheduler, ChatTemplate template) {
        return new ServedModel(scheduler, template, Optional.empty(), Optional.empty(), Adapters.none());
    }

    public ServedModel with(Embedder value) {
        return new ServedModel(scheduler, template, Optional.of(value), attention, adapters);
    }

    public ServedModel with(AnswerAttention value) {
        return new ServedModel(scheduler, template, embedder, Optional.of(value), adapters);
    }

    public ServedModel with(Adapters value) {
        return new ServedModel(scheduler, template, embedder, attention, value);
    }
}
