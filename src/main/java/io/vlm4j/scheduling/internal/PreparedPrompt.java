package io.vlm4j.scheduling.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.internal.Answer;
import io.vlm4j.generation.internal.Figures;
import io.vlm4j.inference.internal.Contents;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.internal.OpenProjector;
import io.vlm4j.prompt.RenderedChat;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.prompt.internal.TokenizedPromptImpl;
import io.vlm4j.sampling.Sampler;
import io.vlm4j.scheduling.GenerationRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a request needs to run: tokens, preprocessed pictures, a sampler with its grammar, and what becomes of it.
///
/// @param target what its slot must hold before its next token is chosen: the prompt, and the answer so far
/// @param media  of the prompt, in order
record PreparedPrompt(
        TokenizedPromptImpl prompt,
        Contents target,
        List<Medium> media,
        Sampler sampler,
        Answer answer,
        Figures figures)
        implements AutoCloseable {

    /// For any thread; takes as long as decoding the pictures does.
    ///
    /// @param longest most tokens of a prompt
    /// @throws Vlm4jException.ContextFull when the prompt is longer
    static PreparedPrompt of(Job job, Model model, @Nullable Projector projector, int longest) {
        GenerationRequest request = job.request();
        @Nullable RenderedChat conversation = request.conversation().orElse(null);
        long start = System.nanoTime();
        TokenizedPromptImpl prompt = TokenizedPromptImpl.createHolding(request.prompt(), model, projector);
        try {
            List<TokenizedPrompt.Chunk> chunks = prompt.chunks();
            if (prompt.tokens() == 0) {
                throw new IllegalArgumentException("the prompt has no tokens");
            }
            if (!(chunks.getLast() instanceof TokenizedPrompt.TextChunk)) {
                throw new IllegalArgumentException("the prompt ends with a picture or sound, after which there is"
                        + " nothing to go on from; a prompt ends with text");
            }
            if (prompt.tokens() > longest) {
                throw new Vlm4jException.ContextFull("a prompt of " + prompt.tokens() + " tokens does not fit into "
                        + longest + "; shorten the prompt or raise contextLength");
            }
            List<Medium> media = new ArrayList<>();
            for (int i = 0; i < chunks.size() && projector != null; i++) {
                if (chunks.get(i) instanceof TokenizedPrompt.MediaChunk) {
                    media.add(new Medium(job, prompt, i, (OpenProjector) projector));
                }
            }
            Answer answer = new Answer(model, request.prompt(), conversation, request.options(), job.events()::put);
            Sampler sampler = conversation == null
                    ? Sampler.create(model, request.options().sampling())
                    : Sampler.create(model, request.options().sampling(), conversation);
            Figures figures = new Figures();
            figures.prepared(prompt, Duration.ofNanos(System.nanoTime() - start));
            return new PreparedPrompt(
                    prompt, Contents.of(prompt, projector), List.copyOf(media), sampler, answer, figures);
        } catch (Throwable t) {
            prompt.close();
            throw t;
        }
    }

    /// The medium that a cell of the target belongs to.
    Medium mediumAt(int cell) {
        return media.get(-1 - target.cell(cell));
    }

    /// Whether the encoder is at work on one of the media, after taking the others out of its queue.
    boolean isBeingEncoded() {
        boolean atWork = false;
        for (Medium medium : media) {
            atWork |= !medium.withdraw();
        }
        return atWork;
    }

    @Override
    public void close() {
        media.forEach(Medium::forget);
        sampler.close();
        prompt.close();
    }
}
