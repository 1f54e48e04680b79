package io.vlm4j.inference.internal;

import io.vlm4j.natives.ffi.Callbacks;
import io.vlm4j.natives.ggml.EvalObserver;
import io.vlm4j.natives.ggml.GraphTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// The callback of a native context that can be watched: passes on what its graphs show to whoever looks at the moment.
/// Closed after the context.
public final class LayerWatcher implements EvalObserver, AutoCloseable {
    private final Callbacks callbacks = new Callbacks();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment callback = EvalObserver.stub(this, callbacks, arena);
    private @Nullable LayerCapture capture;

    public MemorySegment callback() {
        return callback;
    }

    /// Who looks from now on; nobody when it is null. Whoever looked before is closed.
    public void show(@Nullable LayerCapture next) {
        if (capture != null) {
            capture.close();
        }
        capture = next;
    }

    boolean wantsHidden() {
        return capture != null && capture.wantsHidden();
    }

    /// See [LayerCapture#begin].
    void begin(int row) {
        if (capture != null) {
            capture.begin(row);
        }
    }

    /// See [LayerCapture#embeddings].
    void embeddings(MemorySegment rows, int count) {
        if (capture != null) {
            capture.embeddings(rows, count);
        }
    }

    /// See [LayerCapture#end]; throws what looking threw.
    void end(int row, boolean outputs, String model) {
        rethrow();
        if (capture != null) {
            capture.end(row, outputs, model);
        }
    }

    /// Throws what looking threw, if it did.
    public void rethrow() {
        callbacks.rethrow();
    }

    @Override
    public boolean before(GraphTensor node) {
        return capture != null && capture.before(node);
    }

    @Override
    public void after(GraphTensor node) {
        if (capture != null) {
            capture.after(node);
        }
    }

    @Override
    public void close() {
        show(null);
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
