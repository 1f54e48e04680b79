package io.vlm4j.model.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProjectorTilesTest {
    @TempDir
    private Path folder;

    @Test
    void projectorsOfWhichALayerTooFewIsComputedAreKnown() {
        GgufValue wanted = GgufValue.integers(GgufType.I32, 23);

        assertThat(lacksLayer(header(23))).isTrue();
        assertThat(lacksLayer(header(23).put("clip.vision.feature_layer", wanted)))
                .isFalse();
        assertThat(lacksLayer(header(24))).isFalse(); // llama.cpp leaves the last one out
        assertThat(lacksLayer(header(23).put("clip.projector_type", "resampler")))
                .isFalse();
    }

    private static GgufWriter header(int layers) {
        return GgufWriter.create()
                .put("general.architecture", "clip")
                .put("clip.projector_type", "mlp")
                .put("clip.vision.block_count", GgufValue.u32(layers));
    }

    private boolean lacksLayer(GgufWriter writer) {
        Path path = folder.resolve("mmproj.gguf");
        writer.write(path);
        try (GgufFile file = GgufFile.open(path)) {
            return ProjectorTiles.lacksLayer(file);
        }
    }
}
