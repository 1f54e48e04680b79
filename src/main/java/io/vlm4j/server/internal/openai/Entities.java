package io.vlm4j.server.internal.openai;

import io.vlm4j.generation.Generation;
import io.vlm4j.graph.Box;
import io.vlm4j.graph.Entity;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What an answer speaks of and where that is in the picture, as `vlm4j describe --json` tells it. A field of our own,
/// which only answers of models that say so have.
final class Entities {
    private static final double DIGITS = 1e4;

    private Entities() {}

    /// Adds `entities` to the choice of an answer that has them: labels with boxes, left, top, right and bottom as
    /// parts of
    /// the picture's width and height.
    static void add(ObjectNode choice, Generation generation) {
        generation.grounding().ifPresent(grounding -> {
            ArrayNode entities = choice.putArray("entities");
            for (Entity entity : grounding.entities()) {
                ArrayNode boxes =
                        entities.addObject().put("label", entity.label()).putArray("boxes");
                for (Box box : entity.boxes()) {
                    boxes.addArray()
                            .add(rounded(box.left()))
                            .add(rounded(box.top()))
                            .add(rounded(box.right()))
                            .add(rounded(box.bottom()));
                }
            }
        });
    }

    private static double rounded(double part) {
        return Math.round(part * DIGITS) / DIGITS;
    }
}
