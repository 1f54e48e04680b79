package io.vlm4j.inference.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.natives.ffi.NativeLog;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A byte that native threads read while they evaluate: when it is raised, they give up. Any thread may raise it.
record InterruptFlag(MemorySegment segment) {
    synchronized void raise() {
        if (!isRaised()) {
            NativeLog.expectInterruption();
            segment.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        }
    }

    synchronized void lower() {
        if (isRaised()) {
            NativeLog.interruptionOver();
            segment.set(ValueLayout.JAVA_BYTE, 0, (byte) 0);
        }
    }

    boolean isRaised() {
        return segment.get(ValueLayout.JAVA_BYTE, 0) != 0;
    }

    /// @throws Vlm4jException.Cancelled when it is raised, after lowering it
    void refuseWhenRaised() {
        if (isRaised()) {
            lower();
            throw new Vlm4jException.Cancelled("the evaluation was interrupted");
        }
    }
}
