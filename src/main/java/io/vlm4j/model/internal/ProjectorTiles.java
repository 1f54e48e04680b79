package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.model.Tiling;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a projector does with pictures in tiles beside its text model.
///
/// @param how merged tiles are cut; empty when there are none
record ProjectorTiles(Tiling tiling, Optional<PictureTiling> how) {
    private static final int LAYERS_OF_OLD_FILES = 23; // of 24

    private static final Logger LOGGER = LoggerFactory.getLogger(ProjectorTiles.class);

    /// Logs a warning when the file lacks something.
    ///
    /// @throws Vlm4jException.ModelLoad when the row that ends rows is of another width than the model's
    static ProjectorTiles of(ModelImpl model, GgufFile file) {
        ProjectorTiles tiles = read(model, file);
        if (!tiles.tiling().note().isEmpty()) {
            LOGGER.warn("{}: {}", file.path(), tiles.tiling().note());
        }
        if (lacksLayer(file)) {
            LOGGER.warn(
                    "{}: has {} layers and no clip.vision.feature_layer, so that llama.cpp computes one layer less"
                            + " than the model was trained with, and pictures are seen differently; convert the"
                            + " projector anew",
                    file.path(),
                    LAYERS_OF_OLD_FILES);
        }
        return tiles;
    }

    /// Old converters of LLaVA-1.5 left the last layer of CLIP ViT-L/14 out, which has no part in what is taken; later
    /// versions of llama.cpp leave out the last one of what is there, unless the file says which layer is wanted.
    static boolean lacksLayer(GgufFile file) {
        return file.string("clip.projector_type")
                        .or(() -> file.string("clip.vision.projector_type"))
                        .orElse("")
                        .equals("mlp")
                && file.value("clip.vision.feature_layer").isEmpty()
                && file.integer("clip.vision.block_count").orElse(0) == LAYERS_OF_OLD_FILES;
    }

    private static ProjectorTiles read(ModelImpl model, GgufFile file) {
        Optional<PictureTiling> how = PictureTiling.read(file);
        if (how.isPresent() && how.get().width() != model.inputEmbeddingSize()) {
            throw new Vlm4jException.ModelLoad(file.path() + ": the row that ends rows of patches (image_newline) has "
                    + how.get().width() + " numbers, rows of " + model + " have " + model.inputEmbeddingSize());
        }
        if (how.isPresent() && model.header().hasAxes()) {
            Tiling separate = new Tiling(
                    Tiling.Kind.SEPARATE,
                    model + " has positions on several axes (M-RoPE), which merged tiles have not; llama.cpp's tiles"
                            + " are used");
            return new ProjectorTiles(separate, Optional.empty());
        }
        return new ProjectorTiles(Tiling.of(file), how);
    }
}
