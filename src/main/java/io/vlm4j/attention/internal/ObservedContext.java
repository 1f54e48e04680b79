package io.vlm4j.attention.internal;

import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationListener;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.inference.Reuse;
import io.vlm4j.inference.internal.InferenceContextImpl;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.natives.ffi.Callbacks;
import io.vlm4j.natives.ggml.EvalObserver;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.prompt.Prompt;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/// Reads attentions from the graph of a context of its own, while it generates.
public final class ObservedContext implements AttentionSource {
    private static final String PROBABILITIES = "kq_soft_max-"; // and the layer; as llama.cpp names it

    private final Arena arena;
    private final Callbacks callbacks = new Callbacks();
    private final InferenceContext context;
    private final Generator generator;
    private @Nullable Attentions attentions; // of the generation under way

    private ObservedContext(Model model, Projector projector, ContextOptions options, Arena arena) {
        this.arena = arena;
        this.context =
                InferenceContextImpl.create(model, options, EvalObserver.stub(new Probabilities(), callbacks, arena));
        this.generator = new Generator(context, projector);
    }

    /// @param options whose flash attention does not matter: with it there is nothing to read
    @SuppressWarnings("MustBeClosedChecker") // closed with what is returned
    public static ObservedContext create(Model model, Projector projector, ContextOptions options) {
        ContextOptions readable = new ContextOptions(
                options.contextLength(),
                options.batchSize(),
                options.microBatchSize(),
                options.threads(),
                options.batchThreads(),
                FlashAttention.OFF,
                options.cacheType());
        Arena arena = Arena.ofShared();
        try {
            return new ObservedContext(model, projector, readable, arena);
        } catch (Throwable t) {
            arena.close();
            throw t;
        }
    }

    private final class Probabilities implements EvalObserver {
        @Override
        public boolean before(GraphTensor node) {
            return attentions != null && node.name().startsWith(PROBABILITIES);
        }

        @Override
        public void after(GraphTensor node) {
            if (attentions != null) {
                attentions.add(
                        Integer.parseInt(node.name().substring(PROBABILITIES.length())),
                        node.floats(),
                        Math.toIntExact(node.dimension(2)),
                        Math.toIntExact(node.dimension(1)),
                        Math.toIntExact(node.dimension(0)));
            }
        }
    }

    @Override
    public Captured generate(Prompt prompt, int kept, GenerationOptions options, Cancellation cancellation) {
        Attentions read = new Attentions(kept);
        attentions = read;
        try {
            context.clear();
            GenerationOptions fresh = options.toBuilder().reuse(Reuse.NONE).build();
            Generation generation = generator.generate(prompt, fresh, GenerationListener.NONE, cancellation);
            callbacks.rethrow();
            return new Captured(generation, read);
        } catch (Throwable t) {
            callbacks.rethrow(); // what the observer threw is the cause
            throw t;
        } finally {
            attentions = null;
        }
    }

    @Override
    public void close() {
        context.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
