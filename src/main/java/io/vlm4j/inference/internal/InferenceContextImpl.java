package io.vlm4j.inference.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.ContextSnapshot;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.inference.Reuse;
import io.vlm4j.inference.WatchedLayers;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.model.internal.TokenizerImpl;
import io.vlm4j.natives.ffi.ThreadGuard;
import io.vlm4j.natives.llama.LlamaContexts;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.prompt.internal.TokenizedPromptImpl;
import io.vlm4j.sampling.Sampler;
import io.vlm4j.sampling.internal.SamplerImpl;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A native context with one sequence, its batch and its threads.
public final class InferenceContextImpl implements InferenceContext {
    private final ModelImpl model;
    private final TokenizerImpl tokenizer;
    private final StepEngine engine;
    private final ContextMemory memory;
    private final InterruptFlag interruption;
    private final ThreadGuard guard;
    private final AttachedAdapters adapters;
    private final Evaluator evaluator;
    private final Outputs outputs;
    private final MemoryCuts cuts;
    private final boolean showsAttentions;
    private final @Nullable LayerWatcher watcher; // none unless it is watchable
    private final int[] single = new int[1];
    private @Nullable Boolean cuttable; // null: not tried yet
    private long user; // who has begun last, see claim()

    private InferenceContextImpl(
            ModelImpl model, StepEngine engine, ContextOptions options, @Nullable LayerWatcher watcher) {
        this.model = model;
        this.tokenizer = (TokenizerImpl) model.tokenizer();
        this.engine = engine;
        this.memory = new ContextMemory(engine);
        this.outputs = new Outputs(engine, tokenizer.size());
        this.cuts = new MemoryCuts(model, memory, outputs);
        this.guard = new ThreadGuard("the " + engine.description());
        this.interruption = new InterruptFlag(engine.interruptFlag(), guard);
        this.adapters = AttachedAdapters.of(model, engine, guard, this::forgetAll);
        this.evaluator = new Evaluator(engine, memory, outputs, interruption, adapters, watcher);
        this.watcher = watcher;
        this.showsAttentions = ContextParts.flashAttention(options, model, 1) == LlamaContexts.FlashAttention.OFF;
    }

    public static InferenceContextImpl create(Model model, ContextOptions options) {
        ModelImpl owner = (ModelImpl) model;
        int length = options.contextLength() > 0
                ? options.contextLength()
                : Math.min(model.trainedContextLength(), ContextOptions.DEFAULT_LENGTH);
        Room.require(owner, options, length, 1);
        return owner.handle().newChild(() -> create(owner, options, length));
    }

    private static InferenceContextImpl create(ModelImpl model, ContextOptions options, int length) {
        LayerWatcher watcher = options.watchable() ? new LayerWatcher() : null;
        MemorySegment callback = watcher == null ? MemorySegment.NULL : watcher.callback();
        try {
            StepEngine engine = StepEngine.create(model, options, length, ContextParts.Use.GENERATION, callback);
            return new InferenceContextImpl(model, engine, options, watcher);
        } catch (Throwable t) {
            if (watcher != null) {
                watcher.close();
            }
            throw t;
        }
    }

    @Override
    public Model model() {
        return model;
    }

    @Override
    public int contextLength() {
        return evaluator.contextLength();
    }

    @Override
    public int tokens() {
        return memory.tokens();
    }

    @Override
    public int position() {
        return memory.position();
    }

    @Override
    public void decode(int token) {
        single[0] = token;
        decodeAll(single, 1);
    }

    @Override
    public void decode(int[] ids) {
        if (ids.length == 0) {
            throw new IllegalArgumentException("no tokens to evaluate");
        }
        tokenizer.check(ids);
        guard.enter();
        try {
            evaluator.requireRoom(ids.length);
            evaluator.decode(ids, 0, true);
        } finally {
            guard.exit();
        }
    }

    /// Evaluates the first `count` of these tokens with logits after each; [#sample(Sampler, int)] says which
    /// count. No allocation.
    ///
    /// @param count at most [#batchSize()]
    public void decodeAll(int[] ids, int count) {
        for (int i = 0; i < count; i++) {
            tokenizer.check(ids[i]);
        }
        guard.enter();
        try {
            evaluator.decodeAll(ids, count);
        } finally {
            guard.exit();
        }
    }

    @Override
    public void decodeAll(int[] ids) {
        if (ids.length < 1 || ids.length > evaluator.batchSize()) {
            throw new IllegalArgumentException(
                    "1 to " + evaluator.batchSize() + " tokens are needed, not " + ids.length);
        }
        decodeAll(ids, ids.length);
    }

    @Override
    public int batchSize() {
        return evaluator.batchSize();
    }

    @Override
    public void decode(TokenizedPrompt prompt, @Nullable Projector projector, EvaluationListener listener) {
        ((TokenizedPromptImpl) prompt).requireMadeFor(model, projector);
        guard.enter();
        try {
            evaluator.requireRoom(prompt.tokens());
            evaluator.decode(prompt, 0, projector, listener);
        } finally {
            guard.exit();
        }
    }

    @Override
    public int remember(
            TokenizedPrompt prompt, @Nullable Projector projector, Reuse reuse, EvaluationListener listener) {
        ((TokenizedPromptImpl) prompt).requireMadeFor(model, projector);
        guard.enter();
        try {
            if (prompt.tokens() > evaluator.contextLength()) {
                throw new Vlm4jException.ContextFull("a prompt of " + prompt.tokens()
                        + " tokens does not fit into a context of " + evaluator.contextLength()
                        + "; shorten the prompt or raise contextLength");
            }
            outputs.computed(0);
            int kept = memory.keepFor(Contents.of(prompt, projector), reuse);
            evaluator.decode(prompt, kept, projector, listener);
            return kept;
        } finally {
            guard.exit();
        }
    }

    /// As the other one, for text alone; what is there already may stand for its beginning.
    public void remember(int[] text) {
        tokenizer.check(text);
        guard.enter();
        try {
            outputs.computed(0);
            int kept = memory.keepFor(Contents.of(text, List.of()), Reuse.PREFIX);
            evaluator.requireRoom(text.length - kept);
            evaluator.decode(text, kept, true);
        } finally {
            guard.exit();
        }
    }

    @Override
    public int sample(Sampler sampler) {
        guard.enter();
        try {
            outputs.requireSome("nothing to sample from: the last thing evaluated was no token");
            if (((SamplerImpl) sampler).model() != model) {
                throw new IllegalArgumentException("the sampler is for the tokens of another model than " + model);
            }
            return engine.sample((SamplerImpl) sampler, outputs.row());
        } finally {
            guard.exit();
        }
    }

    /// As [#sample(Sampler)], by the logits after token `row` of the last [#decodeAll], which count from now on.
    public int sample(Sampler sampler, int row) {
        outputs.choose(row);
        return sample(sampler);
    }

    /// The most likely next token by the logits alone; -1 when its probability is below `least`.
    public int mostLikely(float least) {
        guard.enter();
        try {
            return MostLikely.of(outputs.logits(), least);
        } finally {
            guard.exit();
        }
    }

    @Override
    public Tensor logits() {
        guard.enter();
        try {
            float[] copy = outputs.logits().toArray(ValueLayout.JAVA_FLOAT);
            return Tensor.ofFloats(Shape.of(copy.length), copy);
        } finally {
            guard.exit();
        }
    }

    @Override
    public <T> T readLogits(Function<Tensor, T> reader) {
        guard.enter();
        try {
            return outputs.read(reader);
        } finally {
            guard.exit();
        }
    }

    @Override
    public void logProbabilities(int token, int[] ids, float[] values) {
        tokenizer.check(token);
        int most = Math.min(MAX_ALTERNATIVES, tokenizer.size());
        if (ids.length != values.length || ids.length < 1 || ids.length > most + 1) {
            throw new IllegalArgumentException("arrays of equal length from 1 to " + (most + 1) + " are needed, not of "
                    + ids.length + " and " + values.length);
        }
        guard.enter();
        try {
            outputs.requireSome("no probabilities: the last thing evaluated was no token");
            engine.logProbabilities(outputs.row(), token, ids, values);
        } finally {
            guard.exit();
        }
    }

    @Override
    public void truncate(int keep) {
        guard.enter();
        try {
            cuts.truncate(keep);
        } finally {
            guard.exit();
        }
    }

    @Override
    public boolean canShift() {
        return memory.canMove();
    }

    @Override
    public int shift(int keep, int discard) {
        guard.enter();
        try {
            return cuts.shift(keep, discard);
        } finally {
            guard.exit();
        }
    }

    /// Forgets the last `count` tokens, which must be text. The logits that count stay if theirs is not among them.
    public void forgetLast(int count) {
        guard.enter();
        try {
            cuts.forgetLast(count);
        } finally {
            guard.exit();
        }
    }

    /// Whether [#forgetLast] works, which it does not where states are computed onwards from token to token. Tried out
    /// when it is asked for the first time, which empties the context.
    public boolean canForgetLast() {
        if (cuttable == null) {
            clear();
            decode(new int[] {0, 0});
            guard.enter();
            try {
                cuttable = memory.cut(1);
            } finally {
                guard.exit();
            }
            clear();
        }
        return cuttable;
    }

    @Override
    public void clear() {
        guard.enter();
        try {
            forgetAll();
        } finally {
            guard.exit();
        }
    }

    private void forgetAll() {
        outputs.computed(0);
        memory.clear();
    }

    @Override
    public Adapters adapters() {
        return adapters.current();
    }

    @Override
    public void use(Adapters wanted) {
        guard.enter();
        try {
            if (adapters.change(wanted)) {
                user++; // whoever was generating has lost its beginning
            }
        } finally {
            guard.exit();
        }
    }

    @Override
    public void watch(WatchedLayers layers) {
        guard.enter();
        try {
            if (watcher == null) {
                if (!layers.isEmpty()) {
                    throw new IllegalArgumentException(
                            "the " + engine.description() + " cannot be watched: make it with watchable(true)");
                }
                return;
            }
            if (layers.attentions() && !showsAttentions) {
                throw new IllegalArgumentException("the " + engine.description()
                        + " has flash attention, which shows no attentions: make it with FlashAttention.OFF");
            }
            watcher.show(
                    layers.isEmpty()
                            ? null
                            : new LayerCapture(
                                    model.layers(),
                                    layers.hiddenStates(),
                                    layers.attentions(),
                                    new StreamedLayers(layers.consumer(), 0, model.embeddingSize())));
        } finally {
            guard.exit();
        }
    }

    @Override
    public ContextSnapshot snapshot() {
        guard.enter();
        try {
            return memory.snapshot(model, adapters.current());
        } finally {
            guard.exit();
        }
    }

    @Override
    public void restore(ContextSnapshot snapshot) {
        ContextSnapshotImpl taken = (ContextSnapshotImpl) snapshot;
        if (taken.model() != model) {
            throw new IllegalArgumentException("a " + taken + ", not of " + model);
        }
        guard.enter();
        try {
            if (taken.tokens() > evaluator.contextLength()) {
                throw new Vlm4jException.ContextFull(
                        "a " + taken + " does not fit into " + evaluator.contextLength() + " tokens");
            }
            outputs.computed(0);
            adapters.change(taken.adapters());
            if (!memory.restore(taken)) {
                throw new Vlm4jException.Inference(
                        "the context cannot take over a " + taken + ": its cache type or attention is another");
            }
        } finally {
            guard.exit();
        }
    }

    @Override
    public void interrupt() {
        engine.requireUsable();
        interruption.raise();
    }

    /// The context goes to a new user, whose predecessor is told by [#requireClaim].
    ///
    /// @return what the new user proves itself with
    public long claim() {
        engine.requireUsable();
        interruption.lower();
        return ++user;
    }

    /// @throws IllegalStateException when somebody else has begun with this context since
    public void requireClaim(long claim) {
        if (claim != user) {
            throw new IllegalStateException(
                    "another generation has begun on the " + engine.description() + ", which ended this one");
        }
    }

    /// Whether the context is open and nobody else has begun with it since.
    public boolean isClaimedBy(long claim) {
        return claim == user && !engine.isClosed();
    }

    @Override
    public void close() {
        engine.close();
        if (watcher != null) {
            watcher.close();
        }
        interruption.end();
        adapters.release();
        model.handle().release(this);
    }

    @Override
    public String toString() {
        return engine.toString();
    }
}
