package io.vlm4j.training;

import java.util.EnumSet;
import java.util.Set;

/// How adapters are made, as PEFT's `LoraConfig`. An immutable value.
///
/// @param rank      columns of the small matrices, 1 or more
/// @param alpha     what they add is scaled by `alpha / rank`
/// @param dropout   the share of their inputs that is zeroed at random while they are trained, from 0 to below 1
/// @param targets   the matrices of each layer that they are beside
/// @param projector whether the projector is trained with them
public record LoraOptions(int rank, float alpha, float dropout, Set<LoraTarget> targets, boolean projector) {
    private static final int DEFAULT_RANK = 16;

    /// @throws IllegalArgumentException naming the value that makes no sense
    public LoraOptions {
        if (rank < 1) {
            throw new IllegalArgumentException("rank must be 1 or more: " + rank);
        }
        if (!(alpha > 0) || Float.isInfinite(alpha)) {
            throw new IllegalArgumentException("alpha must be above 0: " + alpha);
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("dropout must be from 0 to below 1: " + dropout);
        }
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("adapters need targets");
        }
        targets = Set.copyOf(EnumSet.copyOf(targets));
    }

    /// Rank 16, alpha 32, no dropout, beside all matrices, without the projector.
    public static LoraOptions defaults() {
        return new LoraOptions(DEFAULT_RANK, 2 * DEFAULT_RANK, 0, LoraTarget.all(), false);
    }

    public LoraOptions withRank(int value) {
        return new LoraOptions(value, alpha, dropout, targets, projector);
    }

    public LoraOptions withAlpha(float value) {
        return new LoraOptions(rank, value, dropout, targets, projector);
    }

    public LoraOptions withDropout(float value) {
        return new LoraOptions(rank, alpha, value, targets, projector);
    }

    public LoraOptions withTargets(Set<LoraTarget> value) {
        return new LoraOptions(rank, alpha, dropout, value, projector);
    }

    public LoraOptions withProjector(boolean value) {
        return new LoraOptions(rank, alpha, dropout, targets, value);
    }

    /// What adapters' products are scaled by.
    public float scale() {
        return alpha / rank;
    }
}
