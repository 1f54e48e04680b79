package io.vlm4j.evaluation.internal;

import io.vlm4j.evaluation.ComparisonReport;
import java.util.Arrays;

/// The statistics of a comparison, gathered token by token: 8 bytes for each, for median and percentile.
public final class Divergences {
    private double[] values = new double[256];
    private int count;
    private int agreements;
    private double referenceLikelihood;
    private double otherLikelihood;

    /// Adds a token.
    ///
    /// @param reference rows of which the `row`-th is the distribution of `token`
    public void add(LogitRows reference, LogitRows other, int row, int token) {
        double normalizer = reference.normalizer(row);
        double otherNormalizer = other.normalizer(row);
        add(
                reference.divergence(row, normalizer, other, otherNormalizer),
                reference.top(row) == other.top(row),
                reference.logProbability(row, token, normalizer),
                other.logProbability(row, token, otherNormalizer));
    }

    void add(double divergence, boolean agrees, double referenceLogProbability, double otherLogProbability) {
        if (count == values.length) {
            values = Arrays.copyOf(values, Math.multiplyExact(count, 2));
        }
        values[count++] = divergence;
        agreements += agrees ? 1 : 0;
        referenceLikelihood += referenceLogProbability;
        otherLikelihood += otherLogProbability;
    }

    /// @throws IllegalArgumentException when no token was added
    public ComparisonReport report() {
        if (count == 0) {
            throw new IllegalArgumentException("nothing to compare: no token counts");
        }
        double[] sorted = Arrays.copyOf(values, count);
        Arrays.sort(sorted);
        return new ComparisonReport(
                count,
                Arrays.stream(sorted).sum() / count,
                percentile(sorted, 0.5),
                percentile(sorted, 0.99),
                sorted[count - 1],
                (double) agreements / count,
                Math.exp(-referenceLikelihood / count),
                Math.exp(-otherLikelihood / count));
    }

    /// As llama-perplexity has it: between two values by how near they are.
    static double percentile(double[] sorted, double fraction) {
        double place = fraction * (sorted.length - 1);
        int below = (int) place;
        double part = place - below;
        return (1 - part) * sorted[below] + part * sorted[Math.min(below + 1, sorted.length - 1)];
    }
}
