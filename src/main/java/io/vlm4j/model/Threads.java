package io.vlm4j.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How many CPU threads inference should take.
///
/// ggml's threads wait for each other many times a token: more threads than free cores make it many times slower,
/// and a second thread on one core gains little. So the number is always given to native code, never its default.
public final class Threads {
    private static final String PROPERTY = "vlm4j.threads";
    private static final int SMALL_MACHINE = 4;
    private static final int MOST = 512; // ggml.h: GGML_MAX_N_THREADS
    private static final Path KERNEL_STATISTICS = Path.of("/proc/stat");
    private static final String RUNNABLE = "procs_running ";

    private Threads() {}

    /// The system property `vlm4j.threads` when it is set. Else every processor of a machine of up to four,
    /// beyond that half of them, as most are two threads of one core; less those that other work keeps busy at
    /// this moment, where the system tells (Linux). At least 1.
    public static int recommended() {
        int configured = Integer.getInteger(PROPERTY, 0);
        if (configured > 0) {
            return configured;
        }
        int available = Runtime.getRuntime().availableProcessors();
        int usable = available <= SMALL_MACHINE ? available : Math.max(SMALL_MACHINE, available / 2);
        return Math.clamp(available - Math.round(available * busyShare()), 1, usable);
    }

    /// @throws IllegalArgumentException naming the setting, when ggml cannot have this many threads
    public static void check(String name, int threads) {
        if (threads < 1 || threads > MOST) {
            throw new IllegalArgumentException(name + " must be 1 to " + MOST + ", not " + threads);
        }
    }

    /// The share of the machine's processors that others use or want to use now, 0 to 1; 0 where nothing tells.
    /// Counted over the whole machine, of which this process may have but a part.
    private static float busyShare() {
        try {
            int processors = 0;
            int runnable = 1;
            for (String line : Files.readAllLines(KERNEL_STATISTICS)) {
                if (line.startsWith("cpu") && Character.isDigit(line.charAt(3))) {
                    processors++;
                } else if (line.startsWith(RUNNABLE)) {
                    runnable =
                            Integer.parseInt(line.substring(RUNNABLE.length()).strip());
                }
            }
            return processors == 0 ? 0 : Math.min(1f, (runnable - 1f) / processors); // not counting this thread
        } catch (IOException | NumberFormatException unknown) {
            return 0;
        }
    }
}
