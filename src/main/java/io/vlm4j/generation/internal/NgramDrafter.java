package io.vlm4j.generation.internal;

import io.vlm4j.generation.Speculation;

/// Looks for the newest tokens further up in the text, and guesses what followed them there.
final class NgramDrafter implements Drafter {
    private final Speculation.NgramLookup settings;

    NgramDrafter(Speculation.NgramLookup settings) {
        this.settings = settings;
    }

    @Override
    public void begin(TokenSequence history) {}

    @Override
    public int draft(TokenSequence history, int[] batch, int most) {
        int from = find(history);
        if (from < 0) {
            return 0;
        }
        for (int i = 0; i < most; i++) {
            int beyond = from + i - history.size(); // of what is there: a repetition goes on with its own guesses
            int guess = beyond < 0 ? history.at(from + i) : batch[beyond + 1];
            if (guess == TokenSequence.GAP) {
                return i;
            }
            batch[i + 1] = guess;
        }
        return most;
    }

    /// Where the longest run of newest tokens ended before, the nearest one; -1 if none is long enough.
    private int find(TokenSequence history) {
        int size = history.size();
        int found = -1;
        int longest = settings.minLength() - 1;
        for (int end = size - 1; end > longest && longest < settings.maxLength(); end--) {
            int length = 0;
            while (length < settings.maxLength()
                    && length < end
                    && history.at(end - 1 - length) == history.at(size - 1 - length)
                    && history.at(end - 1 - length) != TokenSequence.GAP) {
                length++;
            }
            if (length > longest) {
                longest = length;
                found = end;
            }
        }
        return found;
    }
}
