package io.vlm4j.evaluation;

import java.util.List;
import java.util.stream.Stream;

/// How well a model did.
///
/// @param results of all examples, in their order
public record EvaluationReport(List<ExampleResult> results) {
    public EvaluationReport {
        results = List.copyOf(results);
    }

    /// The examples that were evaluated.
    public List<ExampleResult.Answered> answered() {
        return only(ExampleResult.Answered.class).toList();
    }

    /// The examples that could not be evaluated.
    public List<ExampleResult.Failed> failed() {
        return only(ExampleResult.Failed.class).toList();
    }

    /// The share of right answers among those that were evaluated; NaN for none.
    public double accuracy() {
        long correct =
                answered().stream().filter(ExampleResult.Answered::correct).count();
        return (double) correct / answered().size();
    }

    /// Tokens of right answers, over all examples that were evaluated.
    public long tokens() {
        return answered().stream().mapToLong(ExampleResult.Answered::tokens).sum();
    }

    /// `exp` of the mean negative log-likelihood of a token of the right answers: 1 at best; NaN for none.
    public double perplexity() {
        double sum = answered().stream()
                .mapToDouble(ExampleResult.Answered::negativeLogLikelihood)
                .sum();
        return Math.exp(sum / tokens());
    }

    private <T extends ExampleResult> Stream<T> only(Class<T> kind) {
        return results.stream().filter(kind::isInstance).map(kind::cast);
    }
}
