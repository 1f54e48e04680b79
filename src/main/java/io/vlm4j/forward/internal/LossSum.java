package io.vlm4j.forward.internal;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Cross-entropies of labels, summed for each example in double.
final class LossSum {
    private final double[] sums;
    private final int[] counts;
    private final float[] row;

    LossSum(int examples, int vocabulary) {
        sums = new double[examples];
        counts = new int[examples];
        row = new float[vocabulary];
    }

    void add(int example, MemorySegment logits, int label) {
        MemorySegment.copy(logits, ValueLayout.JAVA_FLOAT, 0, row, 0, row.length);
        float max = Float.NEGATIVE_INFINITY;
        for (float logit : row) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : row) {
            sum += Math.exp((double) logit - max);
        }
        sums[example] += max + Math.log(sum) - row[label];
        counts[example]++;
    }

    double[] sums() {
        return sums.clone();
    }

    int[] counts() {
        return counts.clone();
    }
}
