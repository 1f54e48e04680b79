package io.vlm4j.sampling.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.model.Model;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.model.internal.TokenizerImpl;
import io.vlm4j.natives.ffi.Callbacks;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ffi.ThreadGuard;
import io.vlm4j.natives.llama.LlamaSamplers;
import io.vlm4j.natives.shim.Shim;
import io.vlm4j.prompt.RenderedChat;
import io.vlm4j.prompt.internal.RenderedChatImpl;
import io.vlm4j.sampling.Sampler;
import io.vlm4j.sampling.SamplingOptions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A native sampler chain.
public final class SamplerImpl implements Sampler {
    private final ModelImpl model;
    private final TokenizerImpl tokenizer;
    private final SamplingOptions options;
    private final NativeHandle handle;
    private final Arena stubs; // of steps written in Java; outlives the chain
    private final Callbacks callbacks;
    private final ThreadGuard guard;

    private SamplerImpl(
            ModelImpl model, SamplingOptions options, NativeHandle handle, Arena stubs, Callbacks callbacks) {
        this.model = model;
        this.tokenizer = (TokenizerImpl) model.tokenizer();
        this.options = options;
        this.handle = handle;
        this.stubs = stubs;
        this.callbacks = callbacks;
        this.guard = new ThreadGuard("the sampler of " + model);
    }

    public static SamplerImpl create(Model model, SamplingOptions options, @Nullable RenderedChat answerTo) {
        ModelImpl owner = (ModelImpl) model;
        TokenizerImpl tokenizer = (TokenizerImpl) model.tokenizer();
        options.logitBias().keySet().forEach(tokenizer::check);
        return owner.handle().newChild(() -> build(owner, tokenizer, options, (RenderedChatImpl) answerTo));
    }

    @SuppressWarnings("MustBeClosedChecker") // the arena lives as long as what is returned
    private static SamplerImpl build(
            ModelImpl owner, TokenizerImpl tokenizer, SamplingOptions options, @Nullable RenderedChatImpl answerTo) {
        Arena stubs = Arena.ofShared();
        Callbacks callbacks = new Callbacks();
        NativeHandle handle = LlamaSamplers.createChain();
        try {
            new ChainBuilder(handle.segment(), tokenizer, options, answerTo, stubs, callbacks).build();
        } catch (Throwable t) {
            handle.close();
            stubs.close();
            throw t;
        }
        return new SamplerImpl(owner, options, handle, stubs, callbacks);
    }

    /// The model whose tokens it chooses among.
    public Model model() {
        return model;
    }

    @Override
    public SamplingOptions options() {
        return options;
    }

    /// Chooses and accepts a token from output `index` of a context. No allocation.
    ///
    /// @throws IllegalStateException when the context has no logits there
    /// @throws Vlm4jException.Inference when the chain fails
    public int sample(MemorySegment context, int index) {
        guard.enter();
        try {
            int token = LlamaSamplers.sample(handle.segment(), context, index);
            if (callbacks.hasFailed()) {
                callbacks.rethrow();
            }
            return token >= 0 ? token : fail(token, context, index);
        } finally {
            guard.exit();
        }
    }

    /// Chooses and accepts a token by the logits of the whole vocabulary. No allocation.
    ///
    /// @throws Vlm4jException.Inference when the chain fails
    public int sampleFrom(MemorySegment logits) {
        guard.enter();
        try {
            int token = LlamaSamplers.sampleFrom(handle.segment(), logits);
            if (callbacks.hasFailed()) {
                callbacks.rethrow();
            }
            return token >= 0 ? token : fail(token, MemorySegment.NULL, 0);
        } finally {
            guard.exit();
        }
    }

    private int fail(int code, MemorySegment context, int index) {
        if (code == LlamaSamplers.NO_LOGITS) {
            throw new IllegalStateException("nothing to sample from: no logits were computed for output " + index);
        }
        throw Shim.failure(Vlm4jException.Inference::new, "sampling failed", Shim.NO_LOG, handle.segment(), context);
    }

    @Override
    public void accept(int token) {
        tokenizer.check(token);
        guard.enter();
        try {
            boolean allowed = LlamaSamplers.accept(handle.segment(), token);
            String reason = allowed ? "" : Shim.reason(Shim.NO_LOG); // before another call clears it
            callbacks.rethrow();
            if (!allowed) {
                throw new IllegalArgumentException("token " + token + " ('" + tokenizer.text(token)
                        + "') is not allowed by the grammar here: " + reason);
            }
        } finally {
            guard.exit();
        }
    }

    @Override
    public void reset() {
        guard.enter();
        try {
            LlamaSamplers.reset(handle.segment());
            callbacks.rethrow();
        } finally {
            guard.exit();
        }
    }

    @Override
    public void close() {
        handle.close();
        if (stubs.scope().isAlive()) {
            stubs.close();
        }
        model.handle().release(this);
    }
}
