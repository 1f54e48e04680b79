package io.vlm4j.sampling;

import java.util.List;

/// A step of the sampler chain. The chain goes through the steps of [SamplingOptions#order()] and ends with the
/// choice itself: the best token when the temperature is 0, mirostat when it is on, else a draw from what is left.
public enum SamplingStage {
    /// Adds the biases to the logits of their tokens.
    LOGIT_BIAS,
    /// Rules out every token that the grammar does not allow here.
    GRAMMAR,
    /// Repetition, frequency and presence penalties.
    PENALTIES,
    /// Penalises tokens that would continue a repetition ("don't repeat yourself").
    DRY,
    /// Keeps tokens within n standard deviations of the best logit (arXiv:2411.07641).
    TOP_N_SIGMA,
    /// Keeps the k most likely tokens.
    TOP_K,
    /// Keeps tokens of typical information content (arXiv:2202.00666).
    TYPICAL_P,
    /// Keeps the fewest tokens that together reach probability p (arXiv:1904.09751).
    TOP_P,
    /// Keeps tokens at least p times as likely as the best.
    MIN_P,
    /// Now and then drops all likely tokens but the least likely of them ("exclude top choices").
    XTC,
    /// Divides the logits by the temperature, dynamic when a range is given (arXiv:2309.02772).
    TEMPERATURE,
    /// The steps written in Java, in their own order.
    CUSTOM;

    /// The order of llama.cpp's own tools, with steps written in Java before the choice.
    public static final List<SamplingStage> DEFAULT_ORDER = List.of(values());
}
