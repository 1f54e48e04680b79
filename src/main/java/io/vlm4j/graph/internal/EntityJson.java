package io.vlm4j.graph.internal;

import io.vlm4j.graph.Box;
import io.vlm4j.graph.Entity;
import io.vlm4j.graph.Grounding;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What an answer speaks of and where that is, as the command line and the server tell it.
public final class EntityJson {
    private static final double DIGITS = 1e6; // places are multiples of 1/64

    private EntityJson() {}

    /// Adds `entities`: labels with boxes of left, top, right and bottom as parts of the picture's width and height.
    public static void add(ObjectNode to, Grounding grounding) {
        ArrayNode entities = to.putArray("entities");
        for (Entity entity : grounding.entities()) {
            ArrayNode boxes = entities.addObject().put("label", entity.label()).putArray("boxes");
            for (Box box : entity.boxes()) {
                boxes.addArray()
                        .add(rounded(box.left()))
                        .add(rounded(box.top()))
                        .add(rounded(box.right()))
                        .add(rounded(box.bottom()));
            }
        }
    }

    private static double rounded(double part) {
        return Math.round(part * DIGITS) / DIGITS;
    }
}
