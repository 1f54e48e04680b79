package io.vlm4j.graph;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.graph.internal.ModelKeys;
import io.vlm4j.tensor.Tensor;

/// How a KOSMOS-2 reads a picture: a start token, the rows of the picture between two tokens, then the text.
///
/// @param startToken      begins everything (`<s>`)
/// @param imageStartToken stands before the picture (`<image>`)
/// @param imageEndToken   stands after it (`</image>`)
/// @param queries         rows of a picture
public record Kosmos2(int startToken, int imageStartToken, int imageEndToken, int queries) {
    /// What a file of architecture `kosmos2` says.
    ///
    /// @throws InvalidFile when it is of another architecture, or lacks a key
    public static Kosmos2 of(GgufFile file) {
        return ModelKeys.kosmos2(file);
    }

    /// A picture, and a text that it goes on from.
    ///
    /// @param picture its rows, of [ImageEncoder#encode]
    /// @param text    its tokens, `<grounding>` among them if entities are wanted
    /// @throws IllegalArgumentException when the picture has another number of rows
    public InputRows prompt(Tensor picture, int... text) {
        if (picture.shape().dim(0) != queries) {
            throw new IllegalArgumentException(
                    "a picture has " + queries + " rows, not " + picture.shape().dim(0));
        }
        return InputRows.builder()
                .tokens(startToken, imageStartToken)
                .embeddings(picture)
                .tokens(imageEndToken)
                .tokens(text)
                .build();
    }
}
