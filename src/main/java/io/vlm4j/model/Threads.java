package io.vlm4j.model;

/// How many CPU threads inference should take.
///
/// ggml's threads wait for each other by spinning, many times a token: more threads than free cores make it many
/// times slower, and a second thread on one core gains little. So the number is always given to native code, never
/// its default.
public final class Threads {
    private static final String PROPERTY = "vlm4j.threads";
    private static final int SMALL_MACHINE = 4;

    private Threads() {}

    /// The system property `vlm4j.threads` when it is set. Else every processor of a machine of up to four;
    /// beyond that half of them, as most are two threads of one core.
    public static int recommended() {
        int configured = Integer.getInteger(PROPERTY, 0);
        if (configured > 0) {
            return configured;
        }
        int available = Runtime.getRuntime().availableProcessors();
        return available <= SMALL_MACHINE ? available : Math.max(SMALL_MACHINE, available / 2);
    }
}
