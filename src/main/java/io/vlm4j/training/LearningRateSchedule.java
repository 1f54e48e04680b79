package io.vlm4j.training;

/// How the learning rate changes, as in transformers: it rises from 0 during the warm-up, and then goes on as its
/// name says.
public enum LearningRateSchedule {
    /// It stays.
    CONSTANT,
    /// It falls to 0 along a line.
    LINEAR,
    /// It falls to 0 along half a cosine.
    COSINE;

    /// The share of the learning rate.
    ///
    /// @param step   steps that were made before, from 0
    /// @param warmup steps of the warm-up
    /// @param total  steps of the whole training, warm-up included
    public double factor(long step, long warmup, long total) {
        if (step < warmup) {
            return (double) step / (double) warmup;
        }
        double left = (double) Math.max(1, total - warmup);
        return switch (this) {
            case CONSTANT -> 1;
            case LINEAR -> Math.max(0, (double) (total - step) / left);
            case COSINE -> Math.max(0, (1 + Math.cos(Math.PI * (double) (step - warmup) / left)) / 2);
        };
    }
}
