package io.vlm4j.chat.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.inference.internal.Contents;
import io.vlm4j.inference.internal.ContextSnapshotImpl;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts what a session file remembers into a context.
final class SessionMemory {
    private static final Logger LOG = LoggerFactory.getLogger(SessionMemory.class);
    private static final long ALIGNMENT = 64;

    private SessionMemory() {}

    @SuppressWarnings("MustBeClosedChecker") // closed with the snapshot
    static void restore(InferenceContext context, Adapters adapters, Contents contents, SessionInput in) {
        MemorySegment state = in.section("memory", Long.MAX_VALUE);
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
