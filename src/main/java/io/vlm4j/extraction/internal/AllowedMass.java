package io.vlm4j.extraction.internal;

import io.vlm4j.model.Tokenizer;
import io.vlm4j.sampling.Candidates;
import io.vlm4j.sampling.CustomSampler;
import java.util.Arrays;

/// Looks at what a grammar left to choose among, and multiplies the share of each token that was chosen. The tokens
/// that end an answer count as one. For grammars that leave few tokens.
public final class AllowedMass implements CustomSampler {
    private final Tokenizer tokenizer;
    private int[] tokens = new int[16];
    private float[] logits = new float[16];
    private int count;
    private double logProbability;

    public AllowedMass(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    @Override
    public void apply(Candidates candidates) {
        count = 0;
        for (int i = 0; i < candidates.size(); i++) {
            float logit = candidates.logit(i);
            if (logit != Float.NEGATIVE_INFINITY) {
                remember(candidates.token(i), logit);
            }
        }
    }

    private void remember(int token, float logit) {
        if (count == tokens.length) {
            tokens = Arrays.copyOf(tokens, count * 2);
            logits = Arrays.copyOf(logits, count * 2);
        }
        tokens[count] = token;
        logits[count++] = logit;
    }

    @Override
    public void accept(int token) {
        double highest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            highest = Math.max(highest, logits[i]);
        }
        boolean ends = tokenizer.isEndOfGeneration(token);
        double all = 0;
        double chosen = 0;
        for (int i = 0; i < count; i++) {
            double share = Math.exp(logits[i] - highest);
            all += share;
            if (ends ? tokenizer.isEndOfGeneration(tokens[i]) : tokens[i] == token) {
                chosen += share;
            }
        }
        logProbability += Math.log(chosen / all);
    }

    @Override
    public void reset() {
        logProbability = 0;
    }

    /// Of all that was chosen.
    public double probability() {
        return Math.exp(logProbability);
    }
}
