package io.vlm4j.natives.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Memory that several users read at once, each for a time of its own.
public final class LentMemory {
    private LentMemory() {}

    /// A view of `memory` that is valid until `loan` is closed. The JDK then refuses reading it, and refuses to end
    /// the loan while a native call uses the view. The owner keeps the memory itself alive meanwhile.
    ///
    /// @param giveBack called once, by the thread that closes `loan`
    @SuppressWarnings("restricted")
    public static MemorySegment lend(MemorySegment memory, Arena loan, Runnable giveBack) {
        return memory.reinterpret(loan, view -> giveBack.run());
    }
}
