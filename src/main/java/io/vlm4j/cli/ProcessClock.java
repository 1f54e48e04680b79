package io.vlm4j.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// The processor time of all threads of this process, native ones included.
///
/// Java's own figure for it comes in steps of 10 ms on Linux, which is hundreds of tokens of a small model. The
/// kernel's scheduler statistics tell nanoseconds, thread by thread; where there are none, Java's figure has to do.
final class ProcessClock {
    private static final Path THREADS = Path.of("/proc/self/task");
    private static final Path THIS_THREAD = Path.of("/proc/thread-self");

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final boolean fine = Files.exists(Path.of("/proc/self/schedstat")) && Files.exists(THIS_THREAD);

    /// Processor time up to a moment, in nanoseconds.
    ///
    /// @param own    of the thread that looked
    /// @param others of the other threads, by their ids
    record Reading(long own, Map<String, Long> others) {
        /// Processor time since an earlier reading by the same thread. What a thread used that has ended meanwhile
        /// is missing.
        long since(Reading earlier) {
            long sum = own - earlier.own;
            for (Map.Entry<String, Long> thread : others.entrySet()) {
                sum += thread.getValue() - earlier.others.getOrDefault(thread.getKey(), 0L);
            }
            return sum;
        }
    }

    /// A reading before what is measured; its own cost is not part of it.
    Reading start() {
        Map<String, Long> others = others();
        return new Reading(own(), others);
    }

    /// A reading after it.
    Reading stop() {
        long own = own();
        return new Reading(own, others());
    }

    private long own() {
        if (fine) {
            return threads.getCurrentThreadCpuTime();
        }
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getProcessCpuTime()
                : threads.getCurrentThreadCpuTime();
    }

    private Map<String, Long> others() {
        Map<String, Long> others = new HashMap<>();
        if (!fine) {
            return others;
        }
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(THREADS)) {
            String self = String.valueOf(THIS_THREAD.toRealPath().getFileName());
            for (Path task : tasks) {
                String id = String.valueOf(task.getFileName());
                if (!id.equals(self)) {
                    read(task.resolve("schedstat"), id, others);
                }
            }
            return others;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (DirectoryIteratorException e) {
            throw new UncheckedIOException(e.getCause());
        }
    }

    private static void read(Path statistics, String id, Map<String, Long> others) {
        try {
            String line = Files.readString(statistics);
            others.put(id, Long.parseLong(line.substring(0, line.indexOf(' '))));
        } catch (IOException e) {
            // the thread has just ended
        }
    }
}
