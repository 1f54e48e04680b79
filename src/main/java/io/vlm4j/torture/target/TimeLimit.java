package io.vlm4j.torture.target;

import io.vlm4j.generation.Cancellation;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Ends work that is allowed to take long after a little while.
final class TimeLimit implements AutoCloseable {
    private static final int SECONDS = 3;

    private static final ScheduledExecutorService CLOCK = Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().daemon().name("time-limit").unstarted(task));

    private final Cancellation cancellation = new Cancellation();
    private final Future<?> end = CLOCK.schedule(cancellation::cancel, SECONDS, TimeUnit.SECONDS);

    Cancellation cancellation() {
        return cancellation;
    }

    @Override
    public void close() {
        end.cancel(false);
    }
}
