package io.vlm4j.training.internal;

import io.vlm4j.training.Optim;

/// How much memory steps of the optimizer may take.
///
/// @param inBackward whether each step is made as soon as its gradient is known, so that not all gradients are there at
///                   once; all examples of a step are computed together then
/// @param examples   of a step
record Optimization(Optim optim, boolean inBackward, long examples) {
    /// Single precision, and gradients that are added up.
    static final Optimization DEFAULT = new Optimization(Optim.ADAMW_TORCH, false, Activations.MOST_EXAMPLES);
}
