package io.vlm4j.scheduling.internal;

import io.vlm4j.model.internal.MediaEmbeddings;
import io.vlm4j.model.internal.OpenProjector;
import io.vlm4j.model.internal.PreparedMedium;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.prompt.internal.TokenizedPromptImpl;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A picture, or a tile of one, in a request's prompt, on its way through the encoder. Of the scheduler's thread, but
/// for what says otherwise.
final class Medium {
    private enum Turn {
        NOT_ASKED_FOR,
        WAITING,
        TAKEN
    }

    private final Job job;
    private final TokenizedPromptImpl prompt;
    private final int index; // of its chunk
    private final TokenizedPrompt.MediaChunk chunk;
    private final OpenProjector projector;
    private final AtomicReference<Turn> turn = new AtomicReference<>(Turn.NOT_ASKED_FOR);
    private @Nullable MediaEmbeddings embeddings;

    Medium(Job job, TokenizedPromptImpl prompt, int index, OpenProjector projector) {
        this.job = job;
        this.prompt = prompt;
        this.index = index;
        this.chunk = (TokenizedPrompt.MediaChunk) prompt.chunks().get(index);
        this.projector = projector;
    }

    Job job() {
        return job;
    }

    TokenizedPrompt.MediaChunk chunk() {
        return chunk;
    }

    PreparedMedium prepared() {
        return prompt.medium(index);
    }

    OpenProjector projector() {
        return projector;
    }

    /// What the prompt holds of it, so that it need not be encoded; the prompt's to close.
    Optional<MediaEmbeddings> held() {
        return prompt.held(chunk.contentId());
    }

    /// Puts it into the encoder's queue.
    ///
    /// @return `false` when it is there already, or encoded
    boolean ask() {
        return embeddings == null && turn.compareAndSet(Turn.NOT_ASKED_FOR, Turn.WAITING);
    }

    /// Whether the encoder may have it now; for the encoder's thread. Until [#give] the prompt stays open.
    boolean take() {
        return turn.compareAndSet(Turn.WAITING, Turn.TAKEN);
    }

    /// The encoder could not do it yet, and has it in its queue again; for the encoder's thread.
    void putBack() {
        turn.set(Turn.WAITING);
    }

    /// Takes it out of the queue.
    ///
    /// @return whether the encoder does not have it now
    boolean withdraw() {
        return turn.compareAndSet(Turn.WAITING, Turn.NOT_ASKED_FOR) || turn.get() == Turn.NOT_ASKED_FOR;
    }

    /// The encoder is done with it.
    ///
    /// @param encoded `null` when that failed
    void give(@Nullable MediaEmbeddings encoded) {
        embeddings = encoded;
        turn.set(Turn.NOT_ASKED_FOR);
    }

    @Nullable
    MediaEmbeddings embeddings() {
        return embeddings;
    }

    /// Lets go of the embeddings; they are asked for again when they are needed once more.
    void forget() {
        if (embeddings != null && held().isEmpty()) {
            embeddings.close();
        }
        embeddings = null;
    }
}
