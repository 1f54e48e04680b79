package io.vlm4j.sampling;

import java.util.function.IntPredicate;

/// The tokens that are still in the running, with their logits. Steps before this one may have removed and sorted
/// some. Valid during one call of a [CustomSampler]; nothing is copied to the heap.
public interface Candidates {
    int size();

    /// The token id of candidate `index`.
    int token(int index);

    float logit(int index);

    /// Negative infinity rules the candidate out.
    void setLogit(int index, float logit);

    /// Removes the candidates whose token does not pass, keeping the order of the others.
    ///
    /// @throws IllegalStateException when none would be left
    void keepIf(IntPredicate token);
}
