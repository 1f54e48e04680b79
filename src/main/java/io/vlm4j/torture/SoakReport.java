package io.vlm4j.torture;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/// What a long run did, and what became of the process's memory.
///
/// @param counts  how often each kind of work was done
/// @param samples in the order in which they were taken
public record SoakReport(
        long tokens, long images, long opens, List<Count> counts, List<Sample> samples, Duration time) {
    private static final double TOLERANCE = 1.02;
    private static final int SMOOTHING = 5;
    private static final int BARS = 60;
    private static final String LEVELS = "▁▂▃▄▅▆▇█";

    /// @param work in a word
    public record Count(String work, long times) {}

    /// @param seconds since the beginning
    /// @param bytes   of memory that the process takes
    public record Sample(double seconds, long bytes) {}

    public SoakReport {
        counts = List.copyOf(counts);
        samples = List.copyOf(samples);
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("nothing was measured");
        }
    }

    /// Memory after the first tenth: what was still cold is warm. The median of some measurements.
    public long first() {
        return median(samples.size() / 10);
    }

    public long end() {
        return median(samples.size() - SMOOTHING);
    }

    private long median(int from) {
        int begin = Math.clamp(from, 0, samples.size() - 1);
        long[] some = samples.subList(begin, Math.min(samples.size(), begin + SMOOTHING)).stream()
                .mapToLong(Sample::bytes)
                .sorted()
                .toArray();
        return some[some.length / 2];
    }

    /// Whether memory at the end is at most 2 % above that after the first tenth.
    public boolean passed() {
        return end() <= first() * TOLERANCE;
    }

    /// Bytes an hour that memory grows after the first tenth: the slope of the straight line that fits best.
    public double bytesPerHour() {
        List<Sample> later = samples.subList(samples.size() / 10, samples.size());
        double meanX = later.stream().mapToDouble(Sample::seconds).average().orElse(0);
        double meanY = later.stream().mapToDouble(Sample::bytes).average().orElse(0);
        double products = 0;
        double squares = 0;
        for (Sample sample : later) {
            products += (sample.seconds() - meanX) * (sample.bytes() - meanY);
            squares += (sample.seconds() - meanX) * (sample.seconds() - meanX);
        }
        return squares == 0 ? 0 : products / squares * 3600;
    }

    /// Memory over time from nothing to its most, in a line of block characters.
    public String picture() {
        long most = samples.stream().mapToLong(Sample::bytes).max().orElse(1);
        int bars = Math.min(BARS, samples.size());
        long[] highest = new long[bars];
        for (int i = 0; i < samples.size(); i++) {
            int bar = (int) ((long) i * bars / samples.size());
            highest[bar] = Math.max(highest[bar], samples.get(i).bytes());
        }
        StringBuilder line = new StringBuilder();
        Arrays.stream(highest)
                .forEach(
                        bytes -> line.append(LEVELS.charAt((int) (bytes * (LEVELS.length() - 1) / Math.max(1, most)))));
        return line.toString();
    }
}
