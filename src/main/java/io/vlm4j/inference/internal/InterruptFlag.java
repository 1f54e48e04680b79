package io.vlm4j.inference.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.natives.ffi.ThreadGuard;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// A byte that native threads read while they evaluate: when it is raised, they give up. Any thread may raise it.
public final class InterruptFlag {
    private final MemorySegment segment;
    private final ThreadGuard guard;
    private @Nullable Thread interrupted; // whose native complaints are expected; guarded by this

    /// @param guard tells who is evaluating
    public InterruptFlag(MemorySegment segment, ThreadGuard guard) {
        this.segment = segment;
        this.guard = guard;
    }

    public synchronized void raise() {
        if (!isRaised()) {
            interrupted = guard.user().orElse(null);
            if (interrupted != null) {
                NativeLog.expectInterruption(interrupted);
            }
            segment.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        }
    }

    public synchronized void lower() {
        segment.set(ValueLayout.JAVA_BYTE, 0, (byte) 0);
        end();
    }

    /// Nothing is evaluated any more; the byte may be gone.
    public synchronized void end() {
        if (interrupted != null) {
            NativeLog.interruptionOver(interrupted);
            interrupted = null;
        }
    }

    public boolean isRaised() {
        return segment.get(ValueLayout.JAVA_BYTE, 0) != 0;
    }

    /// @throws Vlm4jException.Cancelled when it is raised, after lowering it
    public void refuseWhenRaised() {
        if (isRaised()) {
            lower();
            throw new Vlm4jException.Cancelled("the evaluation was interrupted");
        }
    }
}
