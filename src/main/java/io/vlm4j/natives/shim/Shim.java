package io.vlm4j.natives.shim;

import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.natives.ffi.NativeText;
import java.lang.foreign.MemorySegment;

/// What all guarded functions share: the reason of a failure, and texts that are the caller's to free.
public final class Shim {
    private Shim() {}

    /// Why the last guarded call of this thread failed: the C++ exception's text, then what native code logged
    /// since `logMark`. Never empty.
    public static String reason(long logMark) {
        String exception = NativeText.of(ShimH.vlm4j_last_error());
        String logged = NativeLog.complaintsSince(logMark);
        if (exception.isEmpty()) {
            return logged.isEmpty() ? "no reason given" : logged;
        }
        return logged.isEmpty() || logged.equals(exception) ? exception : exception + " (" + logged + ")";
    }

    /// Copies a text that the shim handed over, and frees it.
    static String take(MemorySegment text) {
        try {
            return NativeText.of(text);
        } finally {
            ShimH.vlm4j_string_free(text);
        }
    }
}
