package io.vlm4j.graph;

import java.util.Objects;

/// How rows are brought to one scale.
///
/// @param kind    the formula
/// @param epsilon added to the variance
public record Norm(Kind kind, float epsilon) {
    /// The formula, and which weights it has.
    public enum Kind {
        /// Divided by the root mean square, times a weight.
        RMS,
        /// Less the mean, divided by the deviation, times a weight.
        LAYER,
        /// The same, plus a bias.
        LAYER_WITH_BIAS
    }

    /// @throws IllegalArgumentException if `epsilon` is negative or no number
    public Norm {
        Objects.requireNonNull(kind, "kind");
        if (!(epsilon >= 0) || Float.isInfinite(epsilon)) {
            throw new IllegalArgumentException("epsilon must be 0 or more, not " + epsilon);
        }
    }
}
