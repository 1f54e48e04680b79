package io.vlm4j.model.internal;

import io.vlm4j.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The memory of one encoding, which lives as long as the cache keeps it or somebody uses it. Everything but the memory
/// itself is guarded by the cache's lock.
final class CachedEmbedding {
    private final Shape shape;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private int users = 1; // whoever makes it
    private boolean kept;

    CachedEmbedding(Shape shape) {
        this.shape = shape;
        try {
            this.memory = arena.allocate(ValueLayout.JAVA_FLOAT, shape.elementCount());
        } catch (Throwable t) {
            arena.close();
            throw t;
        }
    }

    Shape shape() {
        return shape;
    }

    MemorySegment memory() {
        return memory;
    }

    long bytes() {
        return memory.byteSize();
    }

    void use(int count) {
        users += count;
    }

    void giveBack() {
        users--;
        freeWhenUnused();
    }

    void keep() {
        kept = true;
    }

    /// Frees it now, or when the last user has given it back.
    void drop() {
        kept = false;
        freeWhenUnused();
    }

    private void freeWhenUnused() {
        if (!kept && users == 0) {
            arena.close();
        }
    }
}
