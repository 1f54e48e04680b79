package io.vlm4j.graph;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.graph.internal.ModelKeys;
import io.vlm4j.tensor.Tensor;

/// How a Fuyu reads a picture: the rows of its patches, a token that ends each row of patches, then the text.
///
/// @param imageToken   stands for a patch where there are only ids (`|SPEAKER|`)
/// @param newlineToken ends a row of patches (`|NEWLINE|`)
/// @param startToken   begins the text (`<s>`)
/// @param answerToken  ends the question (`<0x04>`)
public record Fuyu(int imageToken, int newlineToken, int startToken, int answerToken) {
    /// What a file of architecture `fuyu` says.
    ///
    /// @throws InvalidFile when it is of another architecture, or lacks a key
    public static Fuyu of(GgufFile file) {
        return ModelKeys.fuyu(file);
    }

    /// A picture, and a text that asks for an answer.
    ///
    /// @param patches the rows of the patches, of [ImageEncoder#encode]
    /// @param columns patches of a row
    /// @param text    its tokens, without start and answer token
    /// @throws IllegalArgumentException when the patches do not fill their last row
    public InputRows prompt(Tensor patches, int columns, int... text) {
        int number = Math.toIntExact(patches.shape().dim(0));
        if (columns < 1 || number % columns != 0) {
            throw new IllegalArgumentException(number + " patches do not make rows of " + columns);
        }
        InputRows.Builder rows = InputRows.builder();
        for (int i = 0; i < number; i++) {
            rows.embeddings(patches.slice(i));
            if ((i + 1) % columns == 0) {
                rows.tokens(newlineToken);
            }
        }
        return rows.tokens(startToken).tokens(text).tokens(answerToken).build();
    }
}
