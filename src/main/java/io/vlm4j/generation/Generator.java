package io.vlm4j.generation;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.internal.GenerationRun;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.inference.Reuse;
import io.vlm4j.inference.internal.InferenceContextImpl;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.RenderedChat;
import io.vlm4j.prompt.TokenizedPrompt;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Generates text with a context. What the context remembers of earlier prompts and answers stands for the beginning of
/// a new prompt as far as both agree, see [GenerationOptions#reuse()]. A stream that was not read to its end is over
/// when another generation begins, and says so with an [IllegalStateException].
///
/// - **Owner**: none; it borrows context and projector, and there is nothing to close.
/// - **Threads**: the context's rule: one thread at a time. [Cancellation#cancel()] is for any thread.
public final class Generator {
    private final InferenceContextImpl context;
    private final @Nullable Projector projector;

    /// @param projector may be `null` for prompts without pictures
    public Generator(InferenceContext context, @Nullable Projector projector) {
        this.context = (InferenceContextImpl) context;
        this.projector = projector;
    }

    /// Generates to the end.
    ///
    /// @throws IllegalArgumentException when the options ask for [Speculation] that this model cannot have, or for
    ///     layers that this context does not show
    /// @throws Vlm4jException.ContextFull when the prompt does not fit
    /// @throws Vlm4jException.InvalidMedia when a picture cannot be used
    /// @throws Vlm4jException.InvalidGrammar when the grammar does not parse
    /// @throws Vlm4jException.Inference when the native runtime fails
    public Generation generate(Prompt prompt, GenerationOptions options) {
        return generate(prompt, options, GenerationListener.NONE, new Cancellation());
    }

    /// Generates to the end, or until it is cancelled, telling a listener on the way.
    public Generation generate(
            Prompt prompt, GenerationOptions options, GenerationListener listener, Cancellation cancellation) {
        try (GenerationStream stream = stream(prompt, options, cancellation)) {
            while (true) {
                GenerationEvent event = stream.next();
                listener.onEvent(event);
                if (event instanceof GenerationEvent.Finished finished) {
                    return finished.generation();
                }
            }
        }
    }

    /// A generation that goes on as its events are pulled.
    public GenerationStream stream(Prompt prompt, GenerationOptions options) {
        return stream(prompt, options, new Cancellation());
    }

    public GenerationStream stream(Prompt prompt, GenerationOptions options, Cancellation cancellation) {
        return stream(prompt, null, options, cancellation);
    }

    /// An answer to a conversation, under the constraint of its template (the JSON schema, or the format in which
    /// tools are called), with the special tokens in its text that reading it needs. The rendered conversation must
    /// stay open meanwhile.
    public GenerationStream stream(RenderedChat conversation, GenerationOptions options, Cancellation cancellation) {
        return stream(conversation.prompt(), conversation, options, cancellation);
    }

    private GenerationStream stream(
            Prompt prompt, @Nullable RenderedChat conversation, GenerationOptions options, Cancellation cancellation) {
        cancellation.onCancel(() -> interrupt(options.speculation()));
        return new GenerationStream(
                new GenerationRun(context, projector, prompt, conversation, options, cancellation::isCancelled),
                () -> cancellation.onCancel(null));
    }

    /// Has the context hold a prompt and nothing else, without generating. It is evaluated with the adapters that the
    /// context uses.
    ///
    /// @return how many of its tokens were there already
    /// @throws Vlm4jException.ContextFull when the prompt does not fit
    /// @throws Vlm4jException.InvalidMedia when a picture cannot be used
    public int evaluate(Prompt prompt, Reuse reuse) {
        context.claim();
        try (TokenizedPrompt tokenized = TokenizedPrompt.of(prompt, context.model(), projector)) {
            return context.remember(tokenized, projector, reuse, EvaluationListener.NONE);
        }
    }

    public InferenceContext context() {
        return context;
    }

    public Optional<Projector> projector() {
        return Optional.ofNullable(projector);
    }

    private void interrupt(Speculation speculation) {
        context.interrupt();
        if (speculation instanceof Speculation.DraftModel draft) {
            draft.context().interrupt();
        }
    }

    /// Most tokens of prompt and answer together.
    public int contextLength() {
        return context.contextLength();
    }

    /// How many tokens of the context a prompt takes, its pictures included, which are decoded for it but not encoded.
    ///
    /// @throws Vlm4jException.InvalidMedia when a picture cannot be used
    public int countTokens(Prompt prompt) {
        try (TokenizedPrompt tokenized = TokenizedPrompt.of(prompt, context.model(), projector)) {
            return tokenized.tokens();
        }
    }
}
