package io.vlm4j.natives.shim;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.natives.ffi.NativeText;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What all guarded functions share: how they fail, and texts that are the caller's to free.
public final class Shim {
    /// Returned by guarded functions when a C++ exception or a failed assertion was caught.
    public static final int EXCEPTION = -1000;

    /// No lines of the log for [#failure]: on the path of every token nobody marks it.
    public static final long NO_LOG = Long.MAX_VALUE;

    private static final Pattern ASSERTION = Pattern.compile("(.+?):(\\d{1,9}): (.*)", Pattern.DOTALL);
    private static final int LINES = 8;

    private Shim() {}

    /// Why the last guarded call of this thread failed, as an exception to throw: of the type given, or a
    /// [Vlm4jException.NativeAbort] when an assertion failed; then the handles of what it `touched` are damaged.
    ///
    /// @param what    what was tried, and on what
    /// @param logMark where the log was before; what native code complained of since is part of the reason
    /// @param touched objects that the call may have left half changed
    public static Vlm4jException failure(
            Function<String, ? extends Vlm4jException> type, String what, long logMark, MemorySegment... touched) {
        if (!isAssertion()) {
            return type.apply(what + ": " + reason(logMark));
        }
        Vlm4jException.NativeAbort abort = abort(what, NativeText.of(ShimH.vlm4j_last_error()));
        for (MemorySegment object : touched) {
            NativeHandle.damage(object, abort);
        }
        return abort;
    }

    /// @param failure `FILE:LINE: TEXT`; how the file's path begins depends on where it was built
    private static Vlm4jException.NativeAbort abort(String what, String failure) {
        Matcher parts = ASSERTION.matcher(failure);
        if (!parts.matches()) {
            String message = what + ": native code gave up: " + failure;
            return new Vlm4jException.NativeAbort(message, failure, "", 0, NativeLog.lastLines(LINES));
        }
        String file = parts.group(1).substring(Math.max(0, parts.group(1).indexOf("llama.cpp/")));
        int line = Integer.parseInt(parts.group(2));
        String text = parts.group(3).strip();
        String message = what + ": native code gave up: " + text + " (" + file + ":" + line + ")";
        return new Vlm4jException.NativeAbort(message, text, file, line, NativeLog.lastLines(LINES));
    }

    /// Whether the last guarded call of this thread failed by an assertion, and not by an exception or a refusal.
    public static boolean isAssertion() {
        return ShimH.vlm4j_last_error_is_assertion();
    }

    /// Why the last guarded call of this thread failed: the C++ exception's text, then what native code logged
    /// since `logMark`. Never empty. To be asked for at once: the next guarded call clears it.
    public static String reason(long logMark) {
        String exception = NativeText.of(ShimH.vlm4j_last_error());
        String logged = NativeLog.complaintsSince(logMark);
        if (exception.isEmpty()) {
            return logged.isEmpty() ? "no reason given" : logged;
        }
        return logged.isEmpty() || logged.equals(exception) ? exception : exception + " (" + logged + ")";
    }

    /// Returns `code`, the answer of a guarded function, unless it is [#EXCEPTION].
    ///
    /// @throws Vlm4jException as [#failure]; [Vlm4jException.Inference] when no assertion failed
    public static int check(int code, String what, MemorySegment... touched) {
        if (code == EXCEPTION) {
            throw failure(Vlm4jException.Inference::new, what, NO_LOG, touched);
        }
        return code;
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
