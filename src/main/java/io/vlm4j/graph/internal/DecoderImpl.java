package io.vlm4j.graph.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.CacheType;
import io.vlm4j.graph.Decoder;
import io.vlm4j.graph.DecoderOptions;
import io.vlm4j.graph.DecoderOutput;
import io.vlm4j.graph.DecoderOutput.Wanted;
import io.vlm4j.graph.InputRows;
import io.vlm4j.natives.ffi.ThreadGuard;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// Cuts inputs into batches, chooses or builds the graph for each, and keeps count of the memory.
public final class DecoderImpl implements Decoder {
    /// The stretches of memory that graphs are built for.
    private static final int STRETCH = 256;

    private final WeightsImpl weights;
    private final Architecture architecture;
    private final int batchSize;
    private final Arena arena = Arena.ofShared();
    private final ThreadGuard guard = new ThreadGuard("the decoder");
    private final KeyValueCache cache;
    private final Compute compute;
    private final StepInputs inputs;
    private final MemorySegment lastLogits;
    private final Tensor lastLogitsTensor;
    private @Nullable DecoderGraph graph;
    private final boolean ownsFlag;
    private int position;
    private boolean hasLogits;

    private DecoderImpl(
            WeightsImpl weights,
            Architecture architecture,
            DecoderOptions options,
            KeyValueCache cache,
            Compute compute,
            boolean ownsFlag) {
        this.weights = weights;
        this.ownsFlag = ownsFlag;
        this.architecture = architecture;
        this.cache = cache;
        this.compute = compute;
        this.batchSize = Math.min(options.batchSize(), cache.cells());
        this.inputs = new StepInputs(arena, batchSize, architecture.width(), cache.width(), cache.cells());
        this.lastLogits = arena.allocate(ValueLayout.JAVA_FLOAT, architecture.vocabulary());
        this.lastLogitsTensor = Tensor.of(DType.F32, Shape.of(architecture.vocabulary()), lastLogits);
    }

    /// @param interruptFlag a byte that ends evaluations as long as it is not 0; outlives the decoder. NULL for one of
    ///     its own, which [#interrupt()] sets for one evaluation
    static DecoderImpl create(
            WeightsImpl weights, Architecture architecture, DecoderOptions options, MemorySegment interruptFlag) {
        if (architecture.vocabulary() == 0 || !architecture.causal()) {
            throw new IllegalArgumentException("an encoder has no tokens to decode: " + architecture);
        }
        int cells = options.contextLength() > 0
                ? options.contextLength()
                : Math.min(architecture.contextLength(), DecoderOptions.DEFAULT_LENGTH);
        GgmlType type = options.cacheType() == CacheType.F32 ? GgmlType.F32 : GgmlType.F16;
        KeyValueCache cache = new KeyValueCache(architecture, cells, type, weights.device());
        Compute compute = null;
        try {
            compute = new Compute(weights.device(), options.threads(), DecoderGraph.nodes(architecture), interruptFlag);
            DecoderImpl decoder =
                    new DecoderImpl(weights, architecture, options, cache, compute, interruptFlag.address() == 0);
            try {
                decoder.graphFor(1, 0, decoder.stretch(1), DecoderGraph.Logits.LAST); // finds what weights are missing
                return decoder;
            } catch (Throwable e) {
                decoder.arena.close();
                throw e;
            }
        } catch (Throwable e) {
            if (compute != null) {
                compute.close();
            }
            cache.close();
            throw e;
        }
    }

    @Override
    public Architecture architecture() {
        return architecture;
    }

    @Override
    public int contextLength() {
        return cache.cells();
    }

    @Override
    public int position() {
        return position;
    }

    @Override
    public void decode(int token) {
        check(token);
        guard.enter();
        try {
            requireRoom(1);
            hasLogits = false;
            inputs.fillToken(token);
            int seen = stretch(position + 1);
            inputs.place(position, 1, seen);
            run(graphFor(1, 0, seen, DecoderGraph.Logits.LAST));
            position++;
        } finally {
            guard.exit();
        }
    }

    @Override
    public void decode(InputRows rows) {
        decode(rows, Wanted.LAST_LOGITS, null);
    }

    @Override
    public DecoderOutput decode(InputRows rows, Wanted wanted) {
        Outputs outputs = new Outputs(architecture, wanted, position, rows.size());
        decode(rows, wanted, outputs);
        return outputs.finished(lastLogits);
    }

    private void decode(InputRows rows, Wanted wanted, @Nullable Outputs outputs) {
        check(rows);
        guard.enter();
        try {
            requireRoom(rows.size());
            hasLogits = false;
            int before = position;
            try {
                int embedded = 0;
                for (int from = 0; from < rows.size(); from += batchSize) {
                    int count = Math.min(batchSize, rows.size() - from);
                    boolean last = from + count == rows.size();
                    embedded += batch(rows, from, count, embedded, last, wanted, outputs);
                }
            } catch (Throwable e) {
                position = before;
                hasLogits = false;
                throw e;
            }
        } finally {
            guard.exit();
        }
    }

    /// @return how many of the rows were embeddings
    private int batch(
            InputRows rows, int from, int count, int embedded, boolean last, Wanted wanted, @Nullable Outputs outputs) {
        int tokens = inputs.fillRows(rows, from, count, embedded);
        int seen = stretch(position + count);
        inputs.place(position, count, seen);
        DecoderGraph.Logits logits = wanted.allLogits()
                ? DecoderGraph.Logits.ALL
                : last ? DecoderGraph.Logits.LAST : DecoderGraph.Logits.NONE;
        if (outputs == null || wanted.equals(Wanted.LAST_LOGITS)) {
            run(graphFor(tokens, count - tokens, seen, logits));
        } else {
            DecoderGraph.Form form = new DecoderGraph.Form(
                    tokens, count - tokens, seen, logits, wanted.hiddenStates(), wanted.attentions());
            DecoderGraph watched = build(form);
            run(watched);
            outputs.take(watched, from, count, seen);
            if (last && wanted.allLogits()) {
                outputs.copyLastLogits(lastLogits);
                hasLogits = true;
            }
        }
        position += count;
        return count - tokens;
    }

    private void run(DecoderGraph planned) {
        planned.writeInputs();
        try {
            compute.run(planned.segment());
        } finally {
            if (ownsFlag) {
                compute.resume();
            }
        }
        if (planned.hasLastLogits()) {
            planned.readLogits(lastLogits);
            hasLogits = true;
        }
    }

    private DecoderGraph graphFor(int tokens, int embeddings, int seen, DecoderGraph.Logits logits) {
        DecoderGraph current = graph;
        return current != null && current.isFor(tokens, embeddings, seen, logits)
                ? current
                : build(new DecoderGraph.Form(tokens, embeddings, seen, logits, false, false));
    }

    private DecoderGraph build(DecoderGraph.Form form) {
        if (graph != null) {
            graph.close();
            graph = null;
        }
        DecoderGraph built = new DecoderGraph(form, weights, architecture, cache, inputs);
        try {
            compute.plan(built.segment());
        } catch (Throwable e) {
            built.close();
            throw e;
        }
        graph = built;
        return built;
    }

    /// The cells that a graph goes over when the first `count` are in use.
    private int stretch(int count) {
        return Math.min(cache.cells(), (count + STRETCH - 1) / STRETCH * STRETCH);
    }

    private void requireRoom(int rows) {
        if (rows > cache.cells() - position) {
            throw new Vlm4jException.ContextFull(
                    rows + " more rows do not fit into a context of " + cache.cells() + " with " + position + " in it");
        }
    }

    private void check(InputRows rows) {
        if (rows.embeddings() > 0 && rows.width() != architecture.width()) {
            throw new IllegalArgumentException(
                    "embeddings of " + rows.width() + " numbers for rows of " + architecture.width());
        }
        for (int i = 0; i < rows.size(); i++) {
            if (rows.token(i) >= 0) {
                check(rows.token(i));
            }
        }
    }

    private void check(int token) {
        if (token < 0 || token >= architecture.vocabulary()) {
            throw new IllegalArgumentException(
                    "there is no token " + token + " in a vocabulary of " + architecture.vocabulary());
        }
    }

    @Override
    public Tensor logits() {
        if (!hasLogits) {
            throw new IllegalStateException("there are no logits: nothing was decoded last");
        }
        return lastLogitsTensor;
    }

    @Override
    public void truncate(int newPosition) {
        if (newPosition < 0 || newPosition > position) {
            throw new IllegalArgumentException("a memory of " + position + " rows has no position " + newPosition);
        }
        guard.enter();
        try {
            hasLogits = false;
            position = newPosition;
            if (newPosition == 0) {
                cache.clear(); // whatever was there, were it no number
            }
        } finally {
            guard.exit();
        }
    }

    @Override
    public void interrupt() {
        compute.interrupt();
    }

    @Override
    public void close() {
        guard.enter();
        try {
            if (!arena.scope().isAlive()) {
                return;
            }
            if (graph != null) {
                graph.close();
            }
            compute.close();
            cache.close();
            arena.close();
        } finally {
            guard.exit();
        }
        weights.handle().release(this);
    }

    @Override
    public String toString() {
        return "decoder of " + weights.file().path() + ", " + position + " of " + cache.cells() + " rows";
    }
}
