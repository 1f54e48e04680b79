package io.vlm4j.evaluation;

import io.vlm4j.Vlm4jException;

/// What came of an example.
public sealed interface ExampleResult {
    Example example();

    /// @param answer                what the model wrote
    /// @param tokens                of the first right answer, the end of the turn included where the template has one
    /// @param negativeLogLikelihood of those tokens together, in nats
    record Answered(Example example, String answer, boolean correct, int tokens, double negativeLogLikelihood)
            implements ExampleResult {}

    /// @param cause why there is no answer
    record Failed(Example example, Vlm4jException cause) implements ExampleResult {}
}
