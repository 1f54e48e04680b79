package io.vlm4j.torture;

import io.vlm4j.torture.target.MixedWork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Works for long with everything that there is, so that what is not given back shows.
public final class Soak {
    private static final long MEASURED_EVERY = 500_000_000;
    private static final int PAGE = 4096;
    private static final int MOST_SAMPLES = 4096;

    private Soak() {}

    /// @param stop     asked between two pieces of work
    /// @param progress told in a few words how far it has come
    /// @throws IOException when the system does not tell how much memory a process takes
    public static SoakReport run(SoakOptions options, BooleanSupplier stop, Consumer<String> progress)
            throws IOException, InterruptedException {
        long began = System.nanoTime();
        List<SoakReport.Sample> samples = new ArrayList<>();
        long every = MEASURED_EVERY;
        long measured = began;
        try (MixedWork work = new MixedWork(options)) {
            while (!work.isDone() && !isOver(options, began) && !stop.getAsBoolean()) {
                work.doSome();
                long now = System.nanoTime();
                if (now - measured > every) {
                    measured = now;
                    samples.add(new SoakReport.Sample((now - began) / 1e9, memory()));
                    progress.accept(told(work, samples.getLast()));
                    if (samples.size() == MOST_SAMPLES) {
                        thin(samples);
                        every *= 2;
                    }
                }
            }
            samples.add(new SoakReport.Sample((System.nanoTime() - began) / 1e9, memory()));
            return new SoakReport(
                    work.tokens(),
                    work.images(),
                    work.opens(),
                    work.counts(),
                    samples,
                    Duration.ofNanos(System.nanoTime() - began));
        }
    }

    private static void thin(List<SoakReport.Sample> samples) {
        List<SoakReport.Sample> half = new ArrayList<>();
        for (int i = 0; i < samples.size(); i += 2) {
            half.add(samples.get(i));
        }
        samples.clear();
        samples.addAll(half);
    }

    private static boolean isOver(SoakOptions options, long began) {
        return System.nanoTime() - began > options.time().toNanos();
    }

    private static String told(MixedWork work, SoakReport.Sample sample) {
        return String.format(
                Locale.ROOT,
                "%d tokens, %d pictures, %d opens, %d MiB",
                work.tokens(),
                work.images(),
                work.opens(),
                sample.bytes() >> 20);
    }

    private static long memory() throws IOException {
        String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ", -1);
        return Long.parseLong(pages[1]) * PAGE;
    }
}
