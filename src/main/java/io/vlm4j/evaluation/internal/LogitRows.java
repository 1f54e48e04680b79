package io.vlm4j.evaluation.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Rows of logits as probabilities, computed in double where the logits are.
public final class LogitRows {
    private final MemorySegment logits;
    private final int vocabulary;

    /// @param logits `[rows, vocabulary]` in F32
    public LogitRows(Tensor logits) {
        this.logits = logits.segment();
        this.vocabulary = Math.toIntExact(logits.shape().dim(1));
    }

    private float at(long offset, int token) {
        return logits.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + token);
    }

    private long offset(int row) {
        return (long) row * vocabulary;
    }

    /// The most likely token; of several the first.
    public int top(int row) {
        long offset = offset(row);
        int best = 0;
        for (int i = 1; i < vocabulary; i++) {
            if (at(offset, i) > at(offset, best)) {
                best = i;
            }
        }
        return best;
    }

    /// The logarithm of the sum of the exponentials: what turns logits into logarithms of probabilities.
    ///
    /// @throws Vlm4jException.Inference when the logits are no numbers
    public double normalizer(int row) {
        long offset = offset(row);
        double max = at(offset, top(row));
        double sum = 0;
        for (int i = 0; i < vocabulary; i++) {
            sum += Math.exp(at(offset, i) - max);
        }
        double normalizer = max + Math.log(sum);
        if (!Double.isFinite(normalizer)) {
            throw new Vlm4jException.Inference("the model computed logits that are no numbers");
        }
        return normalizer;
    }

    public double logProbability(int row, int token) {
        return logProbability(row, token, normalizer(row));
    }

    /// @param normalizer of this row
    public double logProbability(int row, int token, double normalizer) {
        return at(offset(row), token) - normalizer;
    }

    /// The Kullback-Leibler divergence of another row from this one, in nats: the sum over tokens of
    /// `p * (log p - log q)`, where p is ours.
    ///
    /// @param normalizer      ours, of this row
    /// @param otherNormalizer theirs, of the same row
    public double divergence(int row, double normalizer, LogitRows other, double otherNormalizer) {
        long offset = offset(row);
        double sum = 0;
        for (int i = 0; i < vocabulary; i++) {
            double p = at(offset, i) - normalizer;
            double probability = Math.exp(p);
            if (probability > 0) {
                sum += probability * (p - (other.at(offset, i) - otherNormalizer));
            }
        }
        return sum;
    }
}
