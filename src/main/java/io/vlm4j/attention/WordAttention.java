package io.vlm4j.attention;

import java.util.List;

/// A word of an answer and where the model looked when it chose it.
///
/// @param text       without white space around it
/// @param tokens     that it is made of
/// @param map        over the picture, the mean over those tokens
/// @param imageShare how much of the attention was on the picture at all, 0 to 1: mean over heads, layers and tokens
public record WordAttention(String text, List<Integer> tokens, Heatmap map, double imageShare) {
    public WordAttention {
        tokens = List.copyOf(tokens);
    }
}
