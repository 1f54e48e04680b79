package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProcessClockTest {
    private static final long WORK = 200_000_000;

    @Test
    void countsTheWorkOfThisAndOfOtherThreads() throws InterruptedException {
        ProcessClock clock = new ProcessClock();
        AtomicLong other = new AtomicLong();
        ProcessClock.Reading start = clock.start();
        long mine = burn();
        Thread thread = new Thread(() -> other.set(burn()));
        thread.start();
        while (other.get() == 0) {
            Thread.onSpinWait(); // alive still: the time of threads that ended is lost
        }
        long measured = clock.stop().since(start);

        assertThat(mine).isGreaterThanOrEqualTo(WORK);
        assertThat(measured).isGreaterThan(mine);
        thread.join();
    }

    @Test
    void ownTimeIsRight() {
        ProcessClock clock = new ProcessClock();
        ProcessClock.Reading start = clock.start();
        long used = burn();
        long measured = clock.stop().own() - start.own();

        assertThat((double) measured).isCloseTo(used, within(0.2 * used));
    }

    /// @return the processor time that this thread used for it, at least [#WORK]
    private static long burn() {
        var threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        long used = 0;
        while (used < WORK) {
            used = threads.getCurrentThreadCpuTime() - start;
        }
        return used;
    }
}
