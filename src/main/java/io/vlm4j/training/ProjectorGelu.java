package io.vlm4j.training;

/// The activation between the projector's matrices, which llama.cpp and transformers compute differently.
public enum ProjectorGelu {
    /// Approximated with a hyperbolic tangent, as llama.cpp computes it: what was trained is what will answer.
    TANH,
    /// With the error function, as transformers computes it.
    EXACT
}
