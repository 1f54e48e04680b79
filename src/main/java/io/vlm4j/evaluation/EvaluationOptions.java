package io.vlm4j.evaluation;

import io.vlm4j.generation.GenerationOptions;
import java.util.Objects;

/// How a model is evaluated.
///
/// @param generation   how it answers; its adapters are in use for perplexity, too
/// @param match        when an answer is right
/// @param skipFailures whether an example that cannot be evaluated (a damaged picture, a question that does not fit
///     into the context) is reported and passed over, instead of being thrown
public record EvaluationOptions(GenerationOptions generation, AnswerMatch match, boolean skipFailures) {
    /// Enough for short answers; what goes on longer is wrong either way.
    public static final int DEFAULT_MAX_TOKENS = 128;

    public EvaluationOptions {
        Objects.requireNonNull(generation, "generation");
        Objects.requireNonNull(match, "match");
    }

    /// Greedy answers that must be exact; failures are thrown.
    public static EvaluationOptions defaults() {
        GenerationOptions greedy = GenerationOptions.builder()
                .maxTokens(DEFAULT_MAX_TOKENS)
                .trimLeadingSpace(true)
                .build();
        return new EvaluationOptions(greedy, AnswerMatch.EXACT, false);
    }

    public EvaluationOptions withGeneration(GenerationOptions value) {
        return new EvaluationOptions(value, match, skipFailures);
    }

    public EvaluationOptions withMatch(AnswerMatch value) {
        return new EvaluationOptions(generation, value, skipFailures);
    }

    public EvaluationOptions withSkipFailures(boolean value) {
        return new EvaluationOptions(generation, match, value);
    }
}
