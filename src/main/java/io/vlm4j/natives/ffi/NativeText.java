package io.vlm4j.natives.ffi;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/// UTF-8 texts that native code owns.
public final class NativeText {
    private NativeText() {}

    /// A copy of a NUL-terminated text; `""` for NULL.
    @SuppressWarnings("restricted")
    public static String of(MemorySegment pointer) {
        return pointer.address() == 0 ? "" : pointer.reinterpret(Long.MAX_VALUE).getString(0, StandardCharsets.UTF_8);
    }
}
