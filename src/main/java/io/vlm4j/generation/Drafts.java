package io.vlm4j.generation;

/// What guessing ahead came to, see [Speculation].
///
/// @param drafted  guessed tokens that turned out right or wrong; those that the end of the answer left open do not
///     count
/// @param accepted of these, the ones that were right: each is a token that needed no pass of its own
public record Drafts(int drafted, int accepted) {
    public Drafts {
        if (accepted < 0 || accepted > drafted) {
            throw new IllegalArgumentException(accepted + " of " + drafted + " guesses cannot be right");
        }
    }

    /// The share of guesses that were right, 0 to 1; 0 when there were none.
    public double acceptanceRate() {
        return drafted == 0 ? 0 : (double) accepted / drafted;
    }
}
