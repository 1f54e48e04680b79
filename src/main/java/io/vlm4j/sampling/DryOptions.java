package io.vlm4j.sampling;

import java.util.List;

/// DRY sampling: a token that would continue a repetition of length n is penalised by `multiplier * base^(n -
/// allowedLength)`.
///
/// @param multiplier    0 switches it off
/// @param base          growth of the penalty with each repeated token
/// @param allowedLength longest repetition that costs nothing, in tokens
/// @param lastTokens    how far back repetitions are looked for, in tokens
/// @param breakers      texts at which a repetition is taken to end
public record DryOptions(float multiplier, float base, int allowedLength, int lastTokens, List<String> breakers) {
    public static final List<String> DEFAULT_BREAKERS = List.of("\n", ":", "\"", "*");

    public DryOptions {
        if (!(multiplier >= 0) || !Float.isFinite(multiplier)) {
            throw new IllegalArgumentException("DRY multiplier must be 0 or more, not " + multiplier);
        }
        if (!(base >= 1) || !Float.isFinite(base)) {
            throw new IllegalArgumentException("DRY base must be 1 or more, not " + base);
        }
        if (allowedLength < 0 || lastTokens < 0) {
            throw new IllegalArgumentException(
                    "DRY lengths must be 0 or more, not " + allowedLength + " and " + lastTokens);
        }
        if (lastTokens > SamplingOptions.MAX_LAST_TOKENS) {
            throw new IllegalArgumentException(
                    "DRY lastTokens must be at most " + SamplingOptions.MAX_LAST_TOKENS + ", not " + lastTokens);
        }
        breakers = List.copyOf(breakers);
    }

    /// The usual settings at this strength; 0.8 is a common one.
    public static DryOptions of(float multiplier) {
        return new DryOptions(multiplier, 1.75f, 2, 1024, DEFAULT_BREAKERS);
    }
}
