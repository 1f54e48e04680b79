package io.vlm4j.model.internal;

import io.vlm4j.tensor.Tensor;

/// A picture as the encoder of a [GraphModel] takes it. Immutable; on the heap.
///
/// @param pixels  as [io.vlm4j.graph.ImageEncoder] wants them
/// @param columns patches of a row, each row with an end of its own; 0 when rows of patches have no ends
/// @param tokens  rows of its encoding
public record PatchedPicture(Tensor pixels, int columns, int tokens) implements PreparedMedium {
    @Override
    public int positions() {
        return tokens;
    }

    @Override
    public String kind() {
        return "PATCHES";
    }

    @Override
    public boolean isCausal(OpenProjector projector) {
        return true;
    }
}
