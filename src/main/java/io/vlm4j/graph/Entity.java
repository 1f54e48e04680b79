package io.vlm4j.graph;

import java.util.List;

/// Something that a text speaks of, and where it is in the picture.
///
/// @param label what the text calls it; when it gives it no name, the two tokens of the box
/// @param start of the label in the text, in `char`s
/// @param end   behind the label; equal to `start` when it has no name
/// @param boxes at least one
public record Entity(String label, int start, int end, List<Box> boxes) {
    /// Copies the boxes.
    public Entity {
        boxes = List.copyOf(boxes);
    }
}
