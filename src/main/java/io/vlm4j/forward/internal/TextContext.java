package io.vlm4j.forward.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.forward.ForwardOptions;
import io.vlm4j.forward.Precision;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.inference.LayerConsumer;
import io.vlm4j.inference.internal.AttachedAdapters;
import io.vlm4j.inference.internal.ContextParts;
import io.vlm4j.inference.internal.InterruptFlag;
import io.vlm4j.inference.internal.LayerCapture;
import io.vlm4j.inference.internal.LayerWatcher;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.natives.ffi.ThreadGuard;
import io.vlm4j.natives.llama.EmbeddingBatch;
import io.vlm4j.natives.llama.LlamaBatch;
import io.vlm4j.natives.llama.LlamaContexts;
import io.vlm4j.natives.shim.Shim;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A native context that evaluates one example at a time, in pieces of at most [LayerConsumer#MOST_ROWS] rows: tokens
/// as tokens, so that any quantization of their embeddings is the library's business, and image rows as rows. One
/// thread at a time.
final class TextContext implements AutoCloseable {
    static final int PIECE = LayerConsumer.MOST_ROWS;
    private static final int SEQUENCE = 0;
    private static final int GRANULE = 256; // cells; attention is computed over a multiple of it

    private final ModelImpl model;
    private final ContextParts parts;
    private final LlamaBatch tokens;
    private final EmbeddingBatch rows;
    private final AttachedAdapters adapters;
    private final InterruptFlag interruption;
    private final @Nullable LayerWatcher watcher;
    private final int length;
    private final int width;

    private TextContext(
            ModelImpl model,
            ContextParts parts,
            int length,
            int axes,
            @Nullable LayerWatcher watcher,
            ThreadGuard guard) {
        this.model = model;
        this.parts = parts;
        this.length = length;
        this.width = model.inputEmbeddingSize();
        this.watcher = watcher;
        this.interruption = new InterruptFlag(parts.interruptFlag(), guard);
        this.adapters = new AttachedAdapters(model, parts.handle(), guard, () -> {}); // every example begins anew
        this.tokens = new LlamaBatch(PIECE, parts.arena());
        this.rows = new EmbeddingBatch(PIECE, axes, SEQUENCE, parts.arena());
    }

    /// @param length  most rows of an example
    /// @param axes    positions of an image row
    /// @param watched whether layers can be captured; a context that is not has no callback
    /// @param guard   of the pass that uses it
    static TextContext open(
            ModelImpl model, ForwardOptions options, int length, int axes, boolean watched, ThreadGuard guard) {
        boolean exact = options.precision() == Precision.EXACT;
        ContextOptions context = ContextOptions.builder()
                .batchSize(PIECE)
                .microBatchSize(PIECE) // one piece is one graph
                .threads(options.threads())
                .flashAttention(exact ? FlashAttention.OFF : FlashAttention.AUTO)
                .cacheType(exact ? CacheType.F32 : CacheType.F16)
                .build();
        int cells = cells(length);
        LayerWatcher watcher = watched ? new LayerWatcher() : null;
        MemorySegment callback = watcher == null ? MemorySegment.NULL : watcher.callback();
        try {
            ContextParts parts = ContextParts.create(model, context, cells, callback);
            return new TextContext(model, parts, cells, axes, watcher, guard);
        } catch (Throwable t) {
            if (watcher != null) {
                watcher.close();
            }
            throw t;
        }
    }

    /// The cells of a context for this many rows.
    static int cells(int length) {
        return Math.multiplyExact(Math.ceilDiv(length, GRANULE), GRANULE);
    }

    int length() {
        return length;
    }

    /// Computes with these from now on.
    void use(Adapters wanted) {
        adapters.change(wanted);
    }

    /// Ends the evaluation under way, or the next one.
    void interrupt() {
        interruption.raise();
    }

    void lower() {
        interruption.lower();
    }

    /// Forgets what was, and evaluates an example.
    ///
    /// @param images  what fills image positions
    /// @param capture what looks at the layers; null for nothing
    void evaluate(Example example, MemorySegment images, RowLogits logits, @Nullable LayerCapture capture) {
        LlamaContexts.clear(parts.handle().segment());
        if (watcher != null) {
            watcher.show(capture);
        }
        try {
            for (int from = 0; from < example.length(); ) {
                interruption.refuseWhenRaised();
                int to = Math.min(example.runEnd(from), from + PIECE);
                piece(example, from, to, images, logits, capture);
                from = to;
            }
        } finally {
            if (watcher != null) {
                watcher.show(null);
            }
        }
    }

    private void piece(
            Example example, int from, int to, MemorySegment images, RowLogits logits, @Nullable LayerCapture capture) {
        boolean all = capture != null && capture.wantsHidden(); // the last layer has only the rows that are put out
        if (capture != null) {
            capture.begin(from);
        }
        MemorySegment batch;
        if (example.isImage(from)) {
            MemorySegment features = images.asSlice(
                    example.imageRow(from) * width * Float.BYTES, (long) (to - from) * width * Float.BYTES);
            if (capture != null) {
                capture.embeddings(features, to - from);
            }
            batch = imageBatch(example, from, to, features, logits, all);
        } else {
            batch = tokenBatch(example, from, to, logits, all);
        }
        decode(example, from, batch);
        int vocabulary = model.tokenizer().size();
        for (int row = from; row < to; row++) {
            if (logits.wants(example, row)) {
                logits.accept(example, row, LlamaContexts.logits(parts.handle().segment(), row - from, vocabulary));
            }
        }
        LlamaContexts.synchronize(parts.handle().segment());
        if (capture != null) {
            capture.end(to, true, parts.handle().description());
        }
    }

    private void decode(Example example, int from, MemorySegment batch) {
        long mark = NativeLog.mark();
        int code = adapters.settle(() -> LlamaContexts.decode(parts.handle().segment(), batch));
        if (watcher != null) {
            watcher.rethrow();
        }
        if (code == LlamaContexts.ABORTED) {
            interruption.refuseWhenRaised();
        }
        if (code != 0) {
            throw new Vlm4jException.Inference("llama_decode failed at position " + from + " of example "
                    + example.index() + ": "
                    + (code == LlamaContexts.EXCEPTION
                            ? Shim.reason(mark)
                            : "code " + code + ", " + Shim.reason(mark)));
        }
    }

    private MemorySegment tokenBatch(Example example, int from, int to, RowLogits logits, boolean all) {
        tokens.clear();
        for (int row = from; row < to; row++) {
            tokens.add(example.id(row), example.position(0, row), SEQUENCE, all || logits.wants(example, row));
        }
        return tokens.segment();
    }

    private MemorySegment imageBatch(
            Example example, int from, int to, MemorySegment features, RowLogits logits, boolean all) {
        int count = to - from;
        rows.set(features, count);
        int given = example.axes();
        for (int axis = 0; axis < rows.axes(); axis++) {
            for (int i = 0; i < count; i++) {
                int position = given == 1
                        ? example.position(0, from + i)
                        : axis < given ? example.position(axis, from + i) : 0;
                rows.place(i, axis, count, position, all || logits.wants(example, from + i));
            }
        }
        return rows.segment();
    }

    @Override
    public void close() {
        parts.close();
        if (watcher != null) {
            watcher.close();
        }
        interruption.end();
        adapters.release();
    }
}
