package io.vlm4j.extraction;

import io.vlm4j.generation.Generation;

/// One of several choices.
///
/// @param text        the choice
/// @param index       its place in the list
/// @param probability with which the model writes this choice when it may write nothing but the choices, token for
///     token as it wrote it, from 0 to 1. Greedily, the model takes the most probable token each time; where
///     choices begin alike, another choice may be more probable as a whole
/// @param generation  what it took
public record Choice(String text, int index, double probability, Generation generation) {}
