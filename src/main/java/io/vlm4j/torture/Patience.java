package io.vlm4j.torture;

import java.time.Duration;

/// How long a worker may be silent. On a machine that others use, time on the wall says little: what it had of the
/// processor counts, and only in the end the wall, for those that wait for each other and do nothing.
final class Patience {
    private static final int WALL = 6;
    private static final int START = 6;

    private final Worker worker;
    private final Duration hang;
    private long since = System.nanoTime();
    private long busy;

    Patience(Worker worker, Duration hang) {
        this.worker = worker;
        this.hang = hang;
    }

    /// It has said something.
    void renew() {
        since = System.nanoTime();
        busy = worker.busy();
    }

    /// @param started whether it is at a case, and no longer getting ready
    boolean isOver(boolean started) {
        long limit = hang.toMillis() * (started ? 1 : START);
        long waited = (System.nanoTime() - since) / 1_000_000;
        return waited > WALL * limit || (waited > limit && worker.busy() - busy > limit);
    }
}
