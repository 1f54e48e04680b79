package io.vlm4j.testkit;

/// How far computed numbers are from the reference.
public final class Differences {
    private Differences() {}

    /// `||a - b|| / ||b||` in the Euclidean norm.
    public static double relativeL2(float[] actual, float[] reference) {
        sameLength(actual, reference);
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < reference.length; i++) {
            double d = (double) actual[i] - reference[i];
            difference += d * d;
            norm += (double) reference[i] * reference[i];
        }
        return Math.sqrt(difference / norm);
    }

    /// The largest absolute difference.
    public static double maxAbs(float[] actual, float[] reference) {
        sameLength(actual, reference);
        double max = 0;
        for (int i = 0; i < reference.length; i++) {
            max = Math.max(max, Math.abs((double) actual[i] - reference[i]));
        }
        return max;
    }

    private static void sameLength(float[] actual, float[] reference) {
        if (actual.length != reference.length) {
            throw new AssertionError(actual.length + " numbers, the reference has " + reference.length);
        }
    }
}
