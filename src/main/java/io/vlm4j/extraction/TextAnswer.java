package io.vlm4j.extraction;

import io.vlm4j.generation.Generation;

/// A text of a regular expression.
///
/// @param text       the answer
/// @param confidence geometric mean of the probabilities of its tokens, from 0 to 1, as in [TypedAnswer]
/// @param generation what it took
public record TextAnswer(String text, double confidence, Generation generation) {}
