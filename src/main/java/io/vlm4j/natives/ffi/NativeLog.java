package io.vlm4j.natives.ffi;

import io.vlm4j.bindings.llama.LlamaH;
import io.vlm4j.bindings.llama.ggml_log_callback;
import io.vlm4j.bindings.mtmd.MtmdH;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Routes the log of llama.cpp, ggml and mtmd to SLF4J (logger `io.vlm4j.native`), and remembers its last lines so
/// that an exception can say what native code complained about.
///
/// Native code logs much as information that only its developers want: information is mapped to DEBUG, debug to
/// TRACE. Thread-safe; native threads call in here.
public final class NativeLog {
    private static final Logger LOGGER = LoggerFactory.getLogger("io.vlm4j.native");
    private static final int REMEMBERED = 64;
    private static final int LONGEST = 400; // characters; some parsers log the rest of their input

    // ggml.h: enum ggml_log_level
    private static final int NONE = 0;
    private static final int DEBUG = 1;
    private static final int INFO = 2;
    private static final int WARN = 3;
    private static final int ERROR = 4;
    private static final int CONTINUED = 5;

    private static final Deque<Line> LINES = new ArrayDeque<>();
    private static final StringBuilder PENDING = new StringBuilder();
    private static int pendingLevel = INFO;
    private static long written;
    private static volatile long lost;
    private static volatile @Nullable Consumer<String> tee;
    private static final Set<Thread> INTERRUPTED = ConcurrentHashMap.newKeySet();

    private record Line(long number, int level, String text) {}

    private NativeLog() {}

    /// Takes the log of all native libraries over. Called once, after they are loaded.
    static void install() {
        MemorySegment callback = ggml_log_callback.allocate(NativeLog::log, Arena.global());
        LlamaH.llama_log_set(callback, MemorySegment.NULL);
        MtmdH.mtmd_helper_log_set(callback, MemorySegment.NULL);
    }

    /// Also tells somebody who must have lines at once, because the process may be gone with the next: those of all
    /// levels but debug. Called by native threads.
    public static void tee(Consumer<String> listener) {
        tee = listener;
    }

    /// Native code is about to complain on this thread of an evaluation that was interrupted on purpose; until
    /// [#interruptionOver] that is no news.
    public static void expectInterruption(Thread evaluating) {
        INTERRUPTED.add(evaluating);
    }

    public static void interruptionOver(Thread evaluating) {
        INTERRUPTED.remove(evaluating);
    }

    /// A position in the log, for [#complaintsSince(long)].
    public static long mark() {
        synchronized (LINES) {
            return written;
        }
    }

    /// Warnings and errors logged since `mark` (by any thread), joined by `"; "`; `""` when there were none.
    public static String complaintsSince(long mark) {
        List<String> complaints = new ArrayList<>();
        synchronized (LINES) {
            for (Line line : LINES) {
                if (line.number() >= mark && line.level() >= WARN) {
                    complaints.add(line.text());
                }
            }
        }
        String all = String.join("; ", complaints);
        return all.length() <= LONGEST ? all : all.substring(0, LONGEST) + "…";
    }

    /// The last lines of any level, the oldest first.
    public static List<String> lastLines(int most) {
        synchronized (LINES) {
            return LINES.stream()
                    .skip(Math.max(0, LINES.size() - most))
                    .map(Line::text)
                    .toList();
        }
    }

    /// Lines that could not be delivered because the logging backend threw.
    public static long lost() {
        return lost;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // a count for diagnosis: losing one is harmless
    private static void log(int level, MemorySegment text, MemorySegment userData) {
        try {
            accept(level, NativeText.of(text));
        } catch (Throwable broken) { // nothing may cross the native frames above; a broken log must not end the JVM
            lost++;
        }
    }

    private static void accept(int level, String text) {
        List<Line> complete = new ArrayList<>(1);
        synchronized (LINES) {
            if (level != CONTINUED) {
                pendingLevel = level;
            }
            PENDING.append(text);
            for (int end = PENDING.indexOf("\n"); end >= 0; end = PENDING.indexOf("\n")) {
                complete.add(new Line(
                        written++, pendingLevel, PENDING.substring(0, end).strip()));
                PENDING.delete(0, end + 1);
            }
            for (Line line : complete) {
                LINES.addLast(line);
                if (LINES.size() > REMEMBERED) {
                    LINES.removeFirst();
                }
            }
        }
        for (Line line : complete) {
            Level usual = slf4jLevel(line.level());
            Consumer<String> listener = tee;
            if (listener != null && usual != Level.TRACE) {
                listener.accept(line.text());
            }
            boolean expected = INTERRUPTED.contains(Thread.currentThread()) && usual.compareTo(Level.DEBUG) < 0;
            LOGGER.atLevel(expected ? Level.DEBUG : usual).log(line.text());
        }
    }

    private static Level slf4jLevel(int level) {
        return switch (level) {
            case ERROR -> Level.ERROR;
            case WARN -> Level.WARN;
            case NONE, DEBUG -> Level.TRACE;
            default -> Level.DEBUG;
        };
    }
}
