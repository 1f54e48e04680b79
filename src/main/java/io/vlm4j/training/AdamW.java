package io.vlm4j.training;

/// The optimizer, as PyTorch's of that name. An immutable value.
///
/// @param beta1       how slowly the mean of gradients follows, from 0 to below 1
/// @param beta2       the same for that of their squares
/// @param epsilon     keeps divisors from 0
/// @param weightDecay the share that weights lose at a learning rate of 1
/// @param decaysAll   whether biases and norms lose it, too; transformers' trainer leaves them
public record AdamW(float beta1, float beta2, float epsilon, float weightDecay, boolean decaysAll) {
    private static final float BETA1 = 0.9f;
    private static final float BETA2 = 0.999f;
    private static final float EPSILON = 1e-8f;

    /// @throws IllegalArgumentException naming the value that makes no sense
    public AdamW {
        requireShare("beta1", beta1);
        requireShare("beta2", beta2);
        if (!(epsilon > 0) || epsilon >= 1) {
            throw new IllegalArgumentException("epsilon must be above 0 and below 1: " + epsilon);
        }
        requireShare("weightDecay", weightDecay);
    }

    private static void requireShare(String name, float value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + " must be from 0 to below 1: " + value);
        }
    }

    /// Betas 0.9 and 0.999, epsilon 1e-8, no decay.
    public static AdamW defaults() {
        return new AdamW(BETA1, BETA2, EPSILON, 0, false);
    }

    public AdamW withBetas(float newBeta1, float newBeta2) {
        return new AdamW(newBeta1, newBeta2, epsilon, weightDecay, decaysAll);
    }

    public AdamW withEpsilon(float value) {
        return new AdamW(beta1, beta2, value, weightDecay, decaysAll);
    }

    public AdamW withWeightDecay(float value) {
        return new AdamW(beta1, beta2, epsilon, value, decaysAll);
    }

    public AdamW withDecaysAll(boolean value) {
        return new AdamW(beta1, beta2, epsilon, weightDecay, value);
    }
}
