package io.vlm4j.inference.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.graph.CacheType;
import io.vlm4j.graph.DecoderOptions;
import io.vlm4j.graph.DecoderOutput.Wanted;
import io.vlm4j.graph.InputRows;
import io.vlm4j.graph.internal.DecoderImpl;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.internal.GraphModel;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.model.internal.OpenProjector;
import io.vlm4j.model.internal.PreparedMedium;
import io.vlm4j.natives.llama.LlamaBatch;
import io.vlm4j.natives.llama.LlamaContexts;
import io.vlm4j.natives.llama.LlamaProbabilities;
import io.vlm4j.sampling.internal.SamplerImpl;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// A decoder of our own, which has one sequence: its rows are where they were evaluated, and can only be forgotten from
/// the last one on.
final class GraphEngine implements StepEngine {
    private final ModelImpl model;
    private final DecoderImpl decoder;
    private final Arena arena;
    private final MemorySegment interruptFlag;
    private final int batchSize;
    private final int vocabulary;
    private final LlamaProbabilities probabilities;
    private @Nullable Arena allLogitsArena;
    private MemorySegment allLogits = MemorySegment.NULL; // of the last batch, when there are several
    private int rows; // that have logits
    private @Nullable Vlm4jException failure;

    private GraphEngine(ModelImpl model, DecoderImpl decoder, Arena arena, MemorySegment interruptFlag, int batchSize) {
        this.model = model;
        this.decoder = decoder;
        this.arena = arena;
        this.interruptFlag = interruptFlag;
        this.batchSize = Math.min(batchSize, decoder.contextLength());
        this.vocabulary = decoder.architecture().vocabulary();
        this.probabilities = new LlamaProbabilities(InferenceContext.MAX_ALTERNATIVES, arena);
    }

    @SuppressWarnings("MustBeClosedChecker") // the arena lives as long as what is returned
    static GraphEngine create(ModelImpl model, GraphModel graph, ContextOptions options, int length) {
        DecoderOptions wanted = new DecoderOptions(
                options.threads(), length, Math.min(options.microBatchSize(), length), cacheType(model, options));
        if (options.flashAttention() == FlashAttention.ON) {
            throw new IllegalArgumentException("flash attention cannot be had with " + model + ": "
                    + model.architecture() + " is computed by a graph of vlm4j's own");
        }
        if (options.watchable()) {
            throw new IllegalArgumentException("the layers of " + model + " cannot be watched: " + model.architecture()
                    + " is computed by a graph of vlm4j's own; a forward pass gives them");
        }
        Arena arena = Arena.ofShared();
        try {
            MemorySegment flag = arena.allocate(ValueLayout.JAVA_BYTE);
            DecoderImpl decoder = graph.weights().newDecoder(graph.decoder(), wanted, flag);
            return new GraphEngine(model, decoder, arena, flag, options.batchSize());
        } catch (Vlm4jException.Inference noMemory) {
            arena.close();
            throw new Vlm4jException.ModelLoad(
                    "cannot create a context of " + length + " tokens for " + model + ": " + noMemory.getMessage(),
                    noMemory);
        } catch (Throwable t) {
            arena.close();
            throw t;
        }
    }

    private static CacheType cacheType(ModelImpl model, ContextOptions options) {
        return switch (options.cacheType()) {
            case F32 -> CacheType.F32;
            case F16 -> CacheType.F16;
            case BF16, Q8_0 ->
                throw new IllegalArgumentException("a " + options.cacheType() + " cache cannot be had with " + model
                        + ": " + model.architecture() + " is computed by a graph of vlm4j's own, with F16 or F32");
        };
    }

    @Override
    public String description() {
        return "context of " + model.handle().description();
    }

    @Override
    public void requireUsable() {
        if (isClosed()) {
            throw new IllegalStateException("the " + description() + " is closed");
        }
    }

    @Override
    public boolean isClosed() {
        return !arena.scope().isAlive();
    }

    @Override
    public boolean isDamaged() {
        return false; // what fails in a graph leaves the decoder as it was
    }

    @Override
    public Arena arena() {
        return arena;
    }

    @Override
    public MemorySegment interruptFlag() {
        return interruptFlag;
    }

    @Override
    public int contextLength() {
        return decoder.contextLength();
    }

    @Override
    public int sequenceLength() {
        return decoder.contextLength();
    }

    @Override
    public int batchSize() {
        return batchSize;
    }

    @Override
    public int decode(LlamaBatch batch) {
        requireUsable();
        rows = 0;
        try {
            int size = batch.size();
            if (size == 1) {
                decoder.decode(batch.token(0));
                rows = 1;
                return 0;
            }
            int[] tokens = new int[size];
            boolean several = false;
            for (int i = 0; i < size; i++) {
                tokens[i] = batch.token(i);
                several |= batch.isOutput(i) && i < size - 1;
            }
            if (several) {
                keep(decoder.decode(InputRows.of(tokens), Wanted.ALL_LOGITS).logits());
                rows = size;
            } else {
                decoder.decode(InputRows.of(tokens));
                rows = 1;
            }
            return 0;
        } catch (Vlm4jException e) {
            return code(e);
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // closed with the engine, or by the next
    private void keep(Tensor logits) {
        if (allLogits.byteSize() < logits.byteSize()) {
            if (allLogitsArena != null) {
                allLogitsArena.close();
            }
            Arena next = Arena.ofShared();
            allLogitsArena = next;
            allLogits = next.allocate(logits.byteSize(), Float.BYTES);
        }
        MemorySegment.copy(logits.segment(), 0, allLogits, 0, logits.byteSize());
    }

    @Override
    public int decodeMedium(
            OpenProjector projector,
            PreparedMedium medium,
            MemorySegment embeddings,
            PreparedMedium.Place place,
            int first,
            int count) {
        requireUsable();
        rows = 0;
        long width = decoder.architecture().width();
        long bytes = width * Float.BYTES;
        Tensor some = Tensor.of(DType.F32, Shape.of(count, width), embeddings.asSlice(first * bytes, count * bytes));
        try {
            decoder.decode(InputRows.builder().embeddings(some).build());
            return 0;
        } catch (Vlm4jException e) {
            return code(e);
        }
    }

    private int code(Vlm4jException e) {
        failure = e;
        return switch (e) {
            case Vlm4jException.Cancelled _ -> LlamaContexts.ABORTED;
            case Vlm4jException.ContextFull _ -> LlamaContexts.NO_SLOT;
            default -> LlamaContexts.EXCEPTION;
        };
    }

    @Override
    public Vlm4jException failure(String what, long logMark) {
        Vlm4jException cause = failure;
        return new Vlm4jException.Inference(what + ": " + (cause == null ? "" : cause.getMessage()), cause);
    }

    @Override
    public void synchronize() {}

    @Override
    public MemorySegment logits(int row, int count) {
        requireUsable();
        int first = row < 0 ? rows + row : row;
        if (first < 0 || first + count > rows) {
            throw new IllegalStateException("no logits were computed for output " + row);
        }
        if (rows == 1) {
            return decoder.logits().segment();
        }
        long bytes = (long) vocabulary * Float.BYTES;
        return allLogits.asSlice(first * bytes, count * bytes);
    }

    /// As [#logits], for the row of the batch that was the last, whatever its number: only it has logits unless
    /// several have.
    private MemorySegment row(int row) {
        return rows == 1 ? logits(0, 1) : logits(row, 1);
    }

    @Override
    public int sample(SamplerImpl sampler, int row) {
        return sampler.sampleFrom(row(row));
    }

    @Override
    public void logProbabilities(int row, int token, int[] ids, float[] values) {
        probabilities.readFrom(row(row), token, ids, values);
    }

    @Override
    public void clear() {
        requireUsable();
        decoder.truncate(0);
        rows = 0;
    }

    @Override
    public boolean remove(int sequence, int from, int to) {
        requireUsable();
        if (to >= 0 && to < decoder.position()) {
            return false;
        }
        int start = Math.max(from, 0);
        if (start < decoder.position()) {
            boolean keeps = rows > 1; // those of tokens that stay
            decoder.truncate(start);
            rows = keeps ? rows : 0;
        }
        return true;
    }

    @Override
    public boolean canMove() {
        requireUsable();
        return false;
    }

    @Override
    public void move(int sequence, int from, int distance) {
        throw new IllegalStateException("what " + model + " remembers cannot be moved");
    }

    @Override
    public void copy(int source, int target, int from, int to) {
        throw new IllegalStateException(model + " has one sequence");
    }

    @Override
    public int lastPosition(int sequence) {
        return decoder.position() - 1;
    }

    @Override
    public long stateSize(int sequence) {
        return 0;
    }

    @Override
    public MemorySegment state(int sequence, long size, Arena target) {
        throw new Vlm4jException.Inference("what " + model + " remembers cannot be copied: " + model.architecture()
                + " is computed by a graph of vlm4j's own");
    }

    @Override
    public boolean restore(int sequence, MemorySegment state) {
        return false;
    }

    @Override
    public void close() {
        decoder.close();
        if (allLogitsArena != null) {
            allLogitsArena.close();
            allLogitsArena = null;
        }
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    @Override
    public String toString() {
        return description() + (isClosed() ? " (closed)" : "");
    }
}
