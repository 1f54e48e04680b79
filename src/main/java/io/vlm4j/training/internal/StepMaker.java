package io.vlm4j.training.internal;

import io.vlm4j.training.AdamW;
import io.vlm4j.training.LearningRateSchedule;
import java.util.List;

/// Makes steps: the gradients of several examples, shortened, and the optimizer.
///
/// @param total steps of the whole training
record StepMaker(
        Engine engine,
        AdamW optimizer,
        double learningRate,
        LearningRateSchedule schedule,
        long warmup,
        long total,
        double maxNorm,
        long seed) {
    private static final double BESIDE_NORM = 1e-6; // PyTorch's
    private static final long MIX = 0x9E3779B97F4A7C15L;

    /// What a step showed.
    ///
    /// @param loss the mean over all tokens that count, before the step
    /// @param norm of the gradients, before they were shortened
    record Figures(double loss, double norm, double rate) {
        boolean isFinite() {
            return Double.isFinite(loss) && Double.isFinite(norm);
        }
    }

    /// One step; when its figures are not finite, the weights are as before, but where steps are made on the way back.
    ///
    /// @param done steps that were made before
    Figures step(List<Sample> samples, long done) {
        long tokens = samples.stream().mapToLong(Sample::supervisedRows).sum();
        double loss = 0;
        double rate = learningRate * schedule.factor(done, warmup, total);
        engine.prepare(optimizer, rate, done + 1);
        List<Sample> groups = engine.activations().together(samples);
        for (int i = 0; i < groups.size(); i++) {
            Sample sample = groups.get(i);
            double share = (double) sample.supervisedRows() / (double) tokens;
            loss += share * engine.learn(sample, (float) share, ((seed * MIX + done) * MIX + i) * MIX);
        }
        double norm = engine.gradientNorm();
        Figures figures = new Figures(loss, norm, rate);
        if (!figures.isFinite()) {
            engine.parameters().clearGradients();
            return figures;
        }
        double factor = maxNorm > 0 ? Math.min(1, maxNorm / (norm + BESIDE_NORM)) : 1;
        engine.update((float) factor);
        return figures;
    }
}
