package io.vlm4j.sampling;

/// A sampling step written in Java. Called by the thread that samples, once for every token; what it throws comes
/// out of the call that samples. It must not use the context or the sampler that it is part of.
@FunctionalInterface
public interface CustomSampler {
    /// Changes the candidates' logits, or removes some.
    ///
    /// @param candidates valid during this call only
    void apply(Candidates candidates);

    /// Told of every token that was chosen.
    default void accept(int token) {}

    /// A new sequence begins.
    default void reset() {}
}
