package io.vlm4j.load;

import java.util.Arrays;

/// Percentiles by nearest rank: values that were measured, none in between.
final class Percentile {
    private Percentile() {}

    /// 0 when there are no values.
    static long of(long[] values, int percent) {
        if (values.length == 0) {
            return 0;
        }
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        int rank = (int) Math.ceil(percent / 100.0 * sorted.length);
        return sorted[Math.clamp(rank - 1, 0, sorted.length - 1)];
    }
}
