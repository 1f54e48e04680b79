package io.vlm4j.inference.internal;

import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.ContextSnapshot;
import io.vlm4j.model.Model;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Bytes of llama.cpp's own format, and what they are of.
public final class ContextSnapshotImpl implements ContextSnapshot {
    private final Model model;
    private final Adapters adapters;
    private final Contents contents;
    private final Arena arena;
    private final MemorySegment state;

    /// @param adapters what it was computed with
    /// @param contents never changed again
    /// @param arena    owned, with `state` in it
    public ContextSnapshotImpl(Model model, Adapters adapters, Contents contents, Arena arena, MemorySegment state) {
        this.model = model;
        this.adapters = adapters;
        this.contents = contents;
        this.arena = arena;
        this.state = state;
    }

    @Override
    public Model model() {
        return model;
    }

    @Override
    public Adapters adapters() {
        return adapters;
    }

    @Override
    public int tokens() {
        return contents.size();
    }

    @Override
    public long sizeInBytes() {
        return state.byteSize();
    }

    public Contents contents() {
        return contents;
    }

    /// @throws IllegalStateException after [#close()]
    public MemorySegment state() {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("the snapshot of a context of " + model + " is closed");
        }
        return state;
    }

    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    @Override
    public String toString() {
        return "snapshot of " + tokens() + " tokens of " + model;
    }
}
