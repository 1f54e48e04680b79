package io.vlm4j.extraction;

import io.vlm4j.generation.Generation;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// An answer as a value.
///
/// A confidence is the geometric mean of the probabilities of the tokens that spell a value: of all tokens that have a
/// character of it. To a text belong its characters and the closing quote, which says that it ends there, but not the
/// opening one; to a number, `true`, `false` and `null` their characters; to an empty list or object its brackets.
/// Lists and objects with something in them have no confidence of their own. The probabilities are the model's own,
/// before the schema ruled anything out and before temperature: a value that the model was made to give against its
/// will shows as improbable. A confidence compares answers of one model with each other; it is no probability of
/// being right.
///
/// @param value      the answer
/// @param json       the answer as the model wrote it
/// @param confidence from 0 to 1 by JSON pointer (RFC 6901; empty for the whole), in the order of the text; empty in
///     the rare case that the chat template's parser rewrote the answer
/// @param generation what it took
public record TypedAnswer<T>(T value, String json, Map<String, Double> confidence, Generation generation) {
    public TypedAnswer {
        confidence = Collections.unmodifiableMap(new LinkedHashMap<>(confidence));
    }

    /// The lowest confidence of all: how far to trust the answer as a whole; 1 when there is none.
    public double lowestConfidence() {
        return confidence.values().stream()
                .mapToDouble(Double::doubleValue)
                .min()
                .orElse(1);
    }
}
