package io.vlm4j.inference.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.model.Model;
import io.vlm4j.model.internal.MediaEmbeddings;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.model.internal.OpenProjector;
import io.vlm4j.model.internal.PreparedMedium;
import io.vlm4j.natives.ffi.ThreadGuard;
import io.vlm4j.natives.llama.LlamaBatch;
import io.vlm4j.natives.llama.LlamaContexts;
import io.vlm4j.natives.shim.Shim;
import io.vlm4j.sampling.Sampler;
import io.vlm4j.sampling.internal.SamplerImpl;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.IntSupplier;

/// A native context with several sequences that share its cells: tokens of many are evaluated in one pass, and what two
/// begin with is kept once.
///
/// - **Owner**: whoever created it; it is no child of the model, so its owner closes it before the model is.
/// - **Threads**: one thread at a time. Only [#interrupt()] is for others.
/// - **Close**: frees it once.
///
/// An evaluation that fails or is interrupted leaves each sequence as it was, or, where the model's memory cannot be
/// cut, empty.
public final class SharedContext implements AutoCloseable {
    private final ModelImpl model;
    private final StepEngine engine;
    private final ThreadGuard guard; // others enter when they close adapters
    private final InterruptFlag interruption;
    private final AttachedAdapters adapters;
    private final LlamaBatch batch;
    private final int[] batchTokens;
    private final int[] batchSequences;
    private final int[] batchPositions;
    private final Contents[] contents;
    private final int[] rows; // of a medium under way, for each sequence
    private final CellCount cells;
    private final int contextLength;
    private final IntSupplier decoding = this::decodeBatch;
    private final boolean cuttable;
    private int size; // of the batch

    private SharedContext(ModelImpl model, StepEngine engine, int sequences) {
        this.model = model;
        this.engine = engine;
        this.guard = new ThreadGuard("the " + engine.description());
        this.interruption = new InterruptFlag(engine.interruptFlag(), guard);
        this.adapters = AttachedAdapters.of(model, engine, guard, () -> {}); // whoever reuses cells compares adapters
        this.contextLength = engine.contextLength();
        int capacity = engine.batchSize();
        this.batch = new LlamaBatch(capacity, engine.arena());
        this.batchTokens = new int[capacity];
        this.batchSequences = new int[capacity];
        this.batchPositions = new int[sequences];
        this.contents = new Contents[sequences];
        for (int i = 0; i < sequences; i++) {
            contents[i] = new Contents();
        }
        this.rows = new int[sequences];
        this.cells = new CellCount(contextLength, sequences);
        this.cuttable = sequences > 0 && tryCut();
    }

    /// @param sequences 1 when the model is computed by a graph of our own
    /// @throws Vlm4jException.ModelLoad when there is not enough memory
    public static SharedContext create(Model model, ContextOptions options, int sequences) {
        ModelImpl owner = (ModelImpl) model;
        int length = options.contextLength() > 0
                ? options.contextLength()
                : Math.min(model.trainedContextLength(), ContextOptions.DEFAULT_LENGTH);
        Room.require(owner, options, length, sequences);
        ContextParts.Use use = new ContextParts.Use(sequences, LlamaContexts.Pooling.NONE);
        StepEngine engine = StepEngine.create(owner, options, length, use, MemorySegment.NULL);
        try {
            return new SharedContext(owner, engine, sequences);
        } catch (Throwable t) {
            engine.close();
            throw t;
        }
    }

    /// Whether what is remembered can be cut after any token, which it cannot where states are computed onwards from
    /// token to token.
    private boolean tryCut() {
        begin();
        add(0, 0, false);
        add(0, 0, false);
        evaluate();
        boolean possible = engine.remove(0, 1, -1);
        empty(0);
        return possible;
    }

    /// Cells of all sequences together.
    public int contextLength() {
        return contextLength;
    }

    public int batchSize() {
        return batch.capacity();
    }

    public int usedCells() {
        return cells.used();
    }

    public int freeCells() {
        return cells.free();
    }

    /// Tokens in the batch.
    public int batched() {
        return size;
    }

    public boolean isCuttable() {
        return cuttable;
    }

    /// Whether native code has failed in it, so that it can only be closed.
    public boolean isDamaged() {
        return engine.isDamaged();
    }

    /// What a sequence holds; only to be read.
    public Contents contents(int sequence) {
        return contents[sequence];
    }

    /// Rows that are there of the medium that follows the contents.
    public int rows(int sequence) {
        return rows[sequence];
    }

    /// Begins a batch of tokens.
    public void begin() {
        batch.clear();
        for (int i = 0; i < contents.length; i++) {
            batchPositions[i] = contents[i].position(contents[i].size());
        }
        size = 0;
    }

    /// Adds the next token of a sequence to the batch.
    ///
    /// @return its row, to be sampled from when `output`
    public int add(int sequence, int token, boolean output) {
        batch.add(token, batchPositions[sequence]++, sequence, output);
        batchTokens[size] = token;
        batchSequences[size] = sequence;
        return size++;
    }

    /// Evaluates the batch. Allocates nothing.
    ///
    /// @throws Vlm4jException.Cancelled when it was interrupted
    /// @throws Vlm4jException.ContextFull when there are not enough cells
    /// @throws Vlm4jException.Inference when the native runtime fails
    public void evaluate() {
        guard.enterWhenFree();
        try {
            int code = interruption.isRaised()
                    ? LlamaContexts.ABORTED
                    : adapters.areSettled() ? decodeBatch() : adapters.settle(decoding);
            if (code != 0) {
                Vlm4jException failure = failure(code, "llama_decode failed for " + size + " tokens");
                for (int i = 0; i < size; i++) {
                    restore(batchSequences[i]);
                }
                throw failure;
            }
            for (int i = 0; i < size; i++) {
                contents[batchSequences[i]].add(batchTokens[i]);
                cells.take(batchSequences[i], 1);
            }
        } finally {
            guard.exit();
        }
    }

    private int decodeBatch() {
        return engine.decode(batch);
    }

    /// Evaluates the next rows of a medium; with its last row it is among the contents.
    ///
    /// @param count all rows, unless it [is causal][PreparedMedium#isCausal]
    public void evaluateRows(
            int sequence,
            Contents.Media medium,
            OpenProjector projector,
            PreparedMedium prepared,
            MediaEmbeddings embeddings,
            int count) {
        guard.enterWhenFree();
        try {
            Contents held = contents[sequence];
            int first = rows[sequence];
            int position = held.position(held.size());
            PreparedMedium.Place place = new PreparedMedium.Place(position, sequence);
            MemorySegment values = embeddings.tensor().segment();
            boolean whole = first == 0 && count == medium.tokens();
            int code = interruption.isRaised()
                    ? LlamaContexts.ABORTED
                    : adapters.settle(() -> engine.decodeMedium(projector, prepared, values, place, first, count));
            if (whole) {
                adapters.unsettle(); // some models see pictures without causal attention
            }
            if (code != 0) {
                Vlm4jException failure = failure(code, "llama_decode failed for " + count + " rows of a picture");
                restore(sequence);
                throw failure;
            }
            cells.take(sequence, count);
            rows[sequence] += count;
            if (rows[sequence] == medium.tokens()) {
                held.add(new Contents.Media(
                        held.size(), medium.tokens(), medium.positions(), medium.contentId(), medium.projector()));
                rows[sequence] = 0;
            }
        } finally {
            guard.exit();
        }
    }

    private Vlm4jException failure(int code, String what) {
        if (code == LlamaContexts.EXCEPTION) {
            return engine.failure(what, Shim.NO_LOG);
        }
        if (code == LlamaContexts.ABORTED || interruption.isRaised()) {
            interruption.lower();
            return new Vlm4jException.Cancelled("the evaluation was interrupted");
        }
        return code == LlamaContexts.NO_SLOT
                ? new Vlm4jException.ContextFull("no room in the context's memory for another " + size + " tokens")
                : new Vlm4jException.Inference(what + ": code " + code);
    }

    /// Takes back what a failed evaluation may have left. Rows of a medium that were there before go as well.
    private void restore(int sequence) {
        if (!engine.isDamaged()) {
            cut(sequence, contents[sequence].size());
        }
    }

    /// Forgets everything of a sequence from this cell on, which is between media; all of it when its memory cannot be
    /// cut there.
    ///
    /// @return whether the rest is still there
    public boolean cut(int sequence, int cell) {
        Contents held = contents[sequence];
        if (cell == 0 || !engine.remove(sequence, held.position(cell), -1)) {
            empty(sequence);
            return cell == 0;
        }
        held.truncate(cell);
        rows[sequence] = 0;
        cells.cut(sequence, cell);
        return true;
    }

    /// Forgets a sequence.
    public void empty(int sequence) {
        engine.remove(sequence, -1, -1);
        contents[sequence].clear();
        rows[sequence] = 0;
        cells.cut(sequence, 0);
    }

    /// Makes the first cells of one sequence those of another one as well, which holds nothing else then. Nothing is
    /// copied. Only for memories that [#isCuttable].
    public void share(int source, int target, int count) {
        empty(target);
        engine.copy(source, target, 0, contents[source].position(count));
        contents[target].becomeBeginning(contents[source], count);
        cells.share(source, target, count);
    }

    /// Bytes of what [#takeOut] makes; 0 when it cannot be made.
    public long sizeInBytes(int sequence) {
        return engine.stateSize(sequence);
    }

    /// What a sequence holds, moved out of the context: the cells that only it has are free then.
    ///
    /// @param size         its [bytes][#sizeInBytes]
    /// @param computedWith by whoever knows
    /// @return to be closed by the caller
    @SuppressWarnings("MustBeClosedChecker") // the arena lives as long as what is returned
    public ContextSnapshotImpl takeOut(int sequence, long size, Adapters computedWith) {
        Arena arena = Arena.ofShared();
        try {
            MemorySegment state = engine.state(sequence, size, arena);
            ContextSnapshotImpl taken =
                    new ContextSnapshotImpl(model, computedWith, contents[sequence].copy(), arena, state);
            empty(sequence);
            return taken;
        } catch (Throwable t) {
            arena.close();
            throw t;
        }
    }

    /// Puts what was taken out into a sequence, in the place of what it holds.
    ///
    /// @return whether there was room for it; if not, the sequence is empty
    public boolean putBack(ContextSnapshotImpl taken, int sequence) {
        empty(sequence);
        if (taken.tokens() > cells.free()) {
            return false;
        }
        int last = taken.contents().position(taken.tokens()) - 1;
        if (!engine.restore(sequence, taken.state()) || engine.lastPosition(sequence) != last) {
            empty(sequence);
            return false;
        }
        contents[sequence].become(taken.contents());
        cells.take(sequence, taken.tokens());
        return true;
    }

    /// Computes with these from now on; what the sequences hold stays as it is.
    ///
    /// @throws IllegalArgumentException when an adapter does not fit the model
    /// @throws IllegalStateException when an adapter is closed
    public void use(Adapters wanted) {
        guard.enterWhenFree();
        try {
            adapters.change(wanted);
        } finally {
            guard.exit();
        }
    }

    /// Chooses the next token by the logits of a row of the last batch. Allocates nothing.
    public int sample(Sampler sampler, int row) {
        guard.enterWhenFree();
        try {
            return engine.sample((SamplerImpl) sampler, row);
        } finally {
            guard.exit();
        }
    }

    /// As [InferenceContext#logProbabilities], for a row of the last batch.
    public void logProbabilities(int row, int token, int[] ids, float[] values) {
        guard.enterWhenFree();
        try {
            engine.logProbabilities(row, token, ids, values);
        } finally {
            guard.exit();
        }
    }

    /// Makes the evaluation that is running end with [Vlm4jException.Cancelled], or the next one when none is.
    /// Thread-safe.
    public void interrupt() {
        interruption.raise();
    }

    @Override
    public void close() {
        engine.close();
        interruption.end();
        adapters.release();
    }

    @Override
    public String toString() {
        return engine + " for " + contents.length + " sequences of " + model;
    }
}
