package io.vlm4j.model.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.Tiling;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Layouts of pictures of LLaVA-NeXT. The tiny model's numbers are the reference data's; the published model's come
/// from transformers' rules written down in Python, which give the reference's for the tiny one.
class PictureTilingTest {
    private static final String PINPOINTS = "clip.vision.image_grid_pinpoints";

    @TempDir
    private Path folder;

    /// The reference's model.
    private static PictureTiling tiny() {
        try (GgufFile file = GgufFile.open(TestModels.tinyLlavaNextProjector())) {
            return PictureTiling.read(file).orElseThrow();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "100, 70, 5, 70",
        "70, 100, 5, 72",
        "150, 40, 4, 68",
        "56, 56, 3, 36",
        "40, 30, 3, 44",
        "131, 120, 5, 88"
    })
    void tilesAndTokensAreTransformers(int width, int height, int tiles, int tokens) {
        TileLayout layout = tiny().layout(width, height);

        assertThat(layout.tiles()).isEqualTo(tiles);
        assertThat(layout.tokens()).isEqualTo(tokens);
    }

    @ParameterizedTest
    @CsvSource({
        "336, 336, 3, 1176",
        "1000, 100, 4, 1160",
        "640, 480, 5, 2340",
        "480, 640, 5, 2352",
        "1920, 1080, 5, 1948",
        "333, 500, 3, 1476",
        "1, 1, 3, 1176"
    })
    void thePublishedModelsTokensAreTransformers(int width, int height, int tiles, int tokens) {
        PictureTiling published = new PictureTiling(
                336,
                24,
                List.of(
                        new PictureTiling.Resolution(672, 336),
                        new PictureTiling.Resolution(336, 672),
                        new PictureTiling.Resolution(672, 672),
                        new PictureTiling.Resolution(336, 1008),
                        new PictureTiling.Resolution(1008, 336)),
                new float[4096]);

        TileLayout layout = published.layout(width, height);

        assertThat(layout.tiles()).isEqualTo(tiles);
        assertThat(layout.tokens()).isEqualTo(tokens);
    }

    @Test
    void ofALineNothingButTheWholePictureRemains() {
        TileLayout layout = tiny().layout(10_000, 1);

        assertThat(layout.height()).isZero();
        assertThat(layout.tokens()).isEqualTo(16);
        assertThat(tiny().layout(1, 10_000).tokens()).isEqualTo(20); // ends of rows of nothing
    }

    @Test
    void rowsGoAcrossTilesAndEndWithTheNewline() {
        TileLayout layout = new TileLayout(2, 1, 2, 1, 0, 4, 2); // the first column is beside the picture
        float[] tiles = new float[3 * 4];
        for (int i = 0; i < tiles.length; i++) {
            tiles[i] = i;
        }
        float[] out = new float[layout.tokens()];

        layout.assemble(MemorySegment.ofArray(tiles), new float[] {-1}, MemorySegment.ofArray(out));

        assertThat(out).containsExactly(0, 1, 2, 3, 5, 8, 9, -1, 7, 10, 11, -1);
    }

    private Path changed(UnaryOperator<GgufWriter> change) {
        Path copy = folder.resolve("mmproj.gguf");
        try (GgufFile file = GgufFile.open(TestModels.tinyLlavaNextProjector())) {
            change.apply(GgufWriter.copyOf(file)).write(copy);
        }
        return copy;
    }

    private Tiling tiling(UnaryOperator<GgufWriter> change) {
        try (GgufFile file = GgufFile.open(changed(change))) {
            return Tiling.of(file);
        }
    }

    @Test
    void whatAFileLacksIsNamed() {
        assertThat(tiling(file -> file.removeTensor("v.image_newline")))
                .satisfies(tiling -> assertThat(tiling.kind()).isEqualTo(Tiling.Kind.SEPARATE))
                .satisfies(tiling -> assertThat(tiling.note()).contains("no tensor v.image_newline", "llama.cpp's"));
        assertThat(tiling(file -> file.remove(PINPOINTS)))
                .satisfies(tiling -> assertThat(tiling.kind()).isEqualTo(Tiling.Kind.NONE))
                .satisfies(tiling -> assertThat(tiling.note()).contains("no " + PINPOINTS, "one padded square"));
        assertThat(tiling(file -> file.put("clip.vision.mm_patch_merge_type", "flat")))
                .satisfies(tiling -> assertThat(tiling.kind()).isEqualTo(Tiling.Kind.SEPARATE))
                .satisfies(tiling -> assertThat(tiling.note()).contains("'flat'"));
        assertThat(tiling(file -> file.put(PINPOINTS, GgufValue.integers(GgufType.I32, 56, 100))))
                .satisfies(tiling -> assertThat(tiling.kind()).isEqualTo(Tiling.Kind.SEPARATE))
                .satisfies(tiling -> assertThat(tiling.note()).contains("100", "multiple of image_size 56"));
        assertThat(tiling(file -> file.put(PINPOINTS, GgufValue.integers(GgufType.I32, 5600, 5600))))
                .satisfies(tiling -> assertThat(tiling.kind()).isEqualTo(Tiling.Kind.SEPARATE))
                .satisfies(tiling -> assertThat(tiling.note()).contains("5600x5600", "more than 1000 tiles"));
        try (GgufFile plain = GgufFile.open(TestModels.tinyLlavaProjector())) {
            assertThat(Tiling.of(plain)).isEqualTo(new Tiling(Tiling.Kind.NONE, ""));
        }
    }

    @Test
    @Tag("native")
    @Tag("model")
    void anOlderFilesNameOfTheNewlineIsKnown() {
        Path old;
        try (GgufFile file = GgufFile.open(TestModels.tinyLlavaNextProjector())) {
            GgufTensor newline = file.tensor("v.image_newline").orElseThrow();
            old = changed(writer -> writer.removeTensor("v.image_newline")
                    .tensor("model.image_newline", newline.type(), newline.shape(), file.data(newline)));
        }
        ImageInput image = ImageInput.of(Golden.resource("processing/150x40.png"));
        try (Model model = Model.open(TestModels.tinyLlavaNext());
                Projector projector = model.openProjector(old);
                Projector today = model.openProjector(TestModels.tinyLlavaNextProjector());
                Tensor expected = today.encode(image);
                Tensor actual = projector.encode(image)) {
            assertThat(projector.tiling().kind()).isEqualTo(Tiling.Kind.MERGED);
            assertThat(actual.toFloatArray()).isEqualTo(expected.toFloatArray());
        }
    }

    @Test
    @Tag("native")
    @Tag("model")
    void aFileWithoutTheNewlineOpensAndSaysSo() {
        Path file = changed(writer -> writer.removeTensor("v.image_newline"));
        try (Model model = Model.open(TestModels.tinyLlavaNext());
                Projector projector = model.openProjector(file)) {
            assertThat(projector.tiling().kind()).isEqualTo(Tiling.Kind.SEPARATE);
            assertThat(((ProjectorImpl) projector).pictureTiling()).isEmpty();
        }
    }
}
