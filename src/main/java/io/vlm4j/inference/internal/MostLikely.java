package io.vlm4j.inference.internal;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The most likely token of a row of logits, with a lower bound on its probability. No allocation.
final class MostLikely {
    /// A logit so far below the best adds less than 1e-13 to a sum that is 1 or more.
    private static final float NEGLIGIBLE = -30;

    private MostLikely() {}

    /// @return its index; -1 when its probability is below `least`
    static int of(MemorySegment logits, float least) {
        long size = logits.byteSize() / Float.BYTES;
        int best = 0;
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < size; i++) {
            float logit = logits.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            if (logit > max) {
                max = logit;
                best = i;
            }
        }
        return least <= 0 || isAtLeast(logits, size, max, least) ? best : -1;
    }

    /// The probability is 1 / sum of exp(logit - max): the sum may stop once it is too large.
    private static boolean isAtLeast(MemorySegment logits, long size, float max, float least) {
        double most = 1 / (double) least;
        double sum = 0;
        for (int i = 0; i < size; i++) {
            float below = logits.getAtIndex(ValueLayout.JAVA_FLOAT, i) - max;
            if (below > NEGLIGIBLE) {
                sum += Math.exp(below);
                if (sum > most) {
                    return false;
                }
            }
        }
        return true;
    }
}
