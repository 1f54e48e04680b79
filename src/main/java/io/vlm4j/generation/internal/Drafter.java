package io.vlm4j.generation.internal;

/// Guesses how a text goes on.
sealed interface Drafter permits NgramDrafter, ModelDrafter {
    /// Reads the text of the prompt.
    void begin(TokenSequence history);

    /// Writes guesses into `batch` from index 1 on.
    ///
    /// @param history what is there; it only ever grows
    /// @param most    guesses wanted at most, 1 or more
    /// @return how many
    int draft(TokenSequence history, int[] batch, int most);
}
