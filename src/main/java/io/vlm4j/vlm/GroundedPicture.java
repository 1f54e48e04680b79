package io.vlm4j.vlm;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.graph.Entity;
import io.vlm4j.media.ImageInput;
import io.vlm4j.vlm.internal.BoxPainter;
import java.util.List;

/// Draws over a picture where things are that an answer speaks of: a box in a colour of its own for each, with its
/// name.
///
/// {@snippet class="io.vlm4j.snippets.GroundingSnippets" region="grounding"}
public final class GroundedPicture {
    private GroundedPicture() {}

    /// @param entities such as those of [io.vlm4j.generation.Generation#grounding()]
    /// @return raw pixels of the picture's own size; [ImageInput#encoded()] makes a PNG of them
    /// @throws InvalidMedia when the picture cannot be decoded
    public static ImageInput draw(ImageInput picture, List<Entity> entities) {
        return BoxPainter.draw(picture, entities);
    }
}
