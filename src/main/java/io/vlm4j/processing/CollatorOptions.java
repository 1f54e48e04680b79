package io.vlm4j.processing;

import io.vlm4j.dataset.BadRowListener;
import io.vlm4j.dataset.OnBadRow;
import java.util.Objects;

/// What of an example counts for the loss, and how long it may be. An immutable value.
///
/// @param assistantOnly whether only what the assistant says counts, as with TRL's `assistant_only_loss`; otherwise all
///     text does
/// @param maxLength     most positions of an example, 2 or more
/// @param onUnusable    whether examples that cannot be used are thrown or left out
/// @param unusable      told of each of them
public record CollatorOptions(boolean assistantOnly, int maxLength, OnBadRow onUnusable, BadRowListener unusable) {
    /// No limit of length.
    public static final int UNLIMITED = Integer.MAX_VALUE;

    private static final CollatorOptions DEFAULTS =
            new CollatorOptions(false, UNLIMITED, OnBadRow.FAIL, BadRowListener.NONE);

    /// @throws IllegalArgumentException for a length below 2, within which nothing can be predicted
    public CollatorOptions {
        Objects.requireNonNull(onUnusable, "onUnusable");
        Objects.requireNonNull(unusable, "unusable");
        if (maxLength < 2) {
            throw new IllegalArgumentException("maxLength must be 2 or more: " + maxLength);
        }
    }

    /// All text counts, of any length; unusable examples are thrown.
    public static CollatorOptions defaults() {
        return DEFAULTS;
    }

    public CollatorOptions withAssistantOnly(boolean value) {
        return new CollatorOptions(value, maxLength, onUnusable, unusable);
    }

    public CollatorOptions withMaxLength(int value) {
        return new CollatorOptions(assistantOnly, value, onUnusable, unusable);
    }

    public CollatorOptions withOnUnusable(OnBadRow value, BadRowListener listener) {
        return new CollatorOptions(assistantOnly, maxLength, value, listener);
    }
}
