package io.vlm4j.natives.shim;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.NativeLog;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What a context remembers of a sequence, as bytes.
public final class SequenceStates {
    private SequenceStates() {}

    /// Bytes that a copy takes; 0 when it cannot be copied.
    public static long size(MemorySegment context, int sequence) {
        return ShimH.vlm4j_state_size(context, sequence);
    }

    /// A copy of so many [bytes][#size], which lives as long as the arena. Its memory is native code's own: what Java
    /// allocates is cleared first, which takes longer than copying.
    ///
    /// @throws Vlm4jException.Inference when it cannot be copied
    @SuppressWarnings("restricted")
    public static MemorySegment get(MemorySegment context, int sequence, long size, Arena arena) {
        long mark = NativeLog.mark();
        MemorySegment state = ShimH.vlm4j_state_get(context, sequence, size);
        if (state.address() == 0) {
            throw Shim.failure(
                    Vlm4jException.Inference::new,
                    "the context's memory cannot be copied (" + size + " bytes)",
                    mark,
                    context);
        }
        return state.reinterpret(size, arena, ShimH::vlm4j_state_free);
    }

    /// @throws Vlm4jException.NativeAbort when an assertion failed
    /// @return whether the context took it over; if not, it may hold a part of it, and must be cleared
    public static boolean set(MemorySegment context, int sequence, MemorySegment state) {
        long read = ShimH.vlm4j_state_set(context, sequence, state, state.byteSize());
        if (read != state.byteSize() && Shim.isAssertion()) {
            throw Shim.failure(
                    Vlm4jException.Inference::new, "cannot restore a context's memory", Shim.NO_LOG, context);
        }
        return read == state.byteSize();
    }
}
