package io.vlm4j.graph;

import io.vlm4j.graph.internal.GroundedText;
import java.util.List;

/// What a KOSMOS-2 says of a picture, with the places of what it speaks of.
///
/// {@snippet class="io.vlm4j.snippets.GraphSnippets" region="grounding"}
///
/// @param text     without tags and without white space around it
/// @param entities in their order; unmodifiable
public record Grounding(String text, List<Entity> entities) {
    /// Copies the entities.
    public Grounding {
        entities = List.copyOf(entities);
    }

    /// Reads what the model wrote, special tokens as text, as transformers' `post_process_generation` does: what stands
    /// before the last `</image>` is dropped; `<phrase>`, `<object>` and pairs of `<patch_index_NNNN>`, of a grid
    /// of 32 x 32, become entities; everything else in angle brackets vanishes. Tags that are not in the form that
    /// the model was taught name no entity. Nor does a box that the grid has not, unlike there.
    public static Grounding parse(String generated) {
        return GroundedText.parse(generated);
    }
}
