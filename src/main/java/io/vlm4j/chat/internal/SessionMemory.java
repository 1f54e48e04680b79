package io.vlm4j.chat.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.inference.internal.Contents;
import io.vlm4j.inference.internal.ContextSnapshotImpl;
import io.vlm4j.model.internal.ModelImpl;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts what a session file remembers into a context.
final class SessionMemory {
    private static final Logger LOG = LoggerFactory.getLogger(SessionMemory.class);
    private static final long ALIGNMENT = 64;
    private static final long STREAMS = 8; // after a magic number and the sequence
    private static final long CELLS = 12;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private SessionMemory() {}

    /// Native code makes room for as many cells as the state claims, before it looks how many there are. The state of a
    /// KV cache begins with the number of streams, which is 1 in all contexts of ours, and of cells; other memories
    /// have no
    /// cells. Source: `llama_kv_cache::state_write`.
    private static void requireCells(InferenceContext context, int cells, MemorySegment state) {
        if (((ModelImpl) context.model()).memory().cacheWidth() == 0 || cells == 0) {
            return;
        }
        boolean whole = state.byteSize() >= CELLS + Integer.BYTES;
        int streams = whole ? state.get(INT, STREAMS) : 0;
        int claimed = whole ? state.get(INT, CELLS) : 0;
        if (streams != 1 || claimed != cells) {
            throw new IllegalArgumentException("its memory is of " + Integer.toUnsignedString(claimed) + " cells in "
                    + Integer.toUnsignedString(streams) + " streams, and it lists " + cells + " tokens");
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // closed with the snapshot
    static void restore(InferenceContext context, Adapters adapters, Contents contents, SessionInput in) {
        MemorySegment state = in.section("memory", Long.MAX_VALUE);
        requireCells(context, contents.size(), state);
        Arena arena = Arena.ofShared();
        MemorySegment copy;
        try {
            copy = arena.allocate(Math.max(1, state.byteSize()), ALIGNMENT);
            copy.copyFrom(state);
        } catch (Throwable t) { // no memory, or the file was cut under the mapping
            arena.close();
            throw t;
        }
        try (ContextSnapshotImpl snapshot = new ContextSnapshotImpl(
                context.model(), adapters, contents, arena, copy.asSlice(0, state.byteSize()))) {
            context.restore(snapshot);
        } catch (Vlm4jException.ContextFull | Vlm4jException.Inference e) {
            LOG.info("the conversation will be evaluated again: {}", e.getMessage());
            context.clear();
        }
    }
}
