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

    /// The mean over rows of logits of how far the first distribution is from the reference's: its Kullback-Leibler
    /// divergence, in nats.
    ///
    /// @param width of a row
    public static double divergence(float[] actual, float[] reference, int width) {
        sameLength(actual, reference);
        double sum = 0;
        for (int row = 0; row < reference.length; row += width) {
            double all = logSum(reference, row, width);
            double other = logSum(actual, row, width);
            for (int i = row; i < row + width; i++) {
                double logProbability = reference[i] - all;
                sum += Math.exp(logProbability) * (logProbability - (actual[i] - other));
            }
        }
        return sum / ((double) reference.length / width);
    }

    private static double logSum(float[] logits, int from, int width) {
        double most = Double.NEGATIVE_INFINITY;
        for (int i = from; i < from + width; i++) {
            most = Math.max(most, logits[i]);
        }
        double sum = 0;
        for (int i = from; i < from + width; i++) {
            sum += Math.exp(logits[i] - most);
        }
        return most + Math.log(sum);
    }

    private static void sameLength(float[] actual, float[] reference) {
        if (actual.length != reference.length) {
            throw new AssertionError(actual.length + " numbers, the reference has " + reference.length);
        }
    }
}
