package io.vlm4j.evaluation;

/// How far a model is from the one that it is compared with, over all tokens that count. Divergences are of the whole
/// distributions of the next token, in nats: `KL(reference || other)`.
///
/// @param tokens              that count
/// @param meanDivergence      0 for equal models
/// @param medianDivergence    half of the tokens are below it
/// @param p99Divergence       99 % of the tokens are below it
/// @param maxDivergence       the worst token
/// @param topAgreement        share of tokens at which both find the same token most likely, 0 to 1
/// @param referencePerplexity of the tokens, to the model that is compared with
/// @param perplexity          of the tokens, to the model that is compared
public record ComparisonReport(
        long tokens,
        double meanDivergence,
        double medianDivergence,
        double p99Divergence,
        double maxDivergence,
        double topAgreement,
        double referencePerplexity,
        double perplexity) {}
