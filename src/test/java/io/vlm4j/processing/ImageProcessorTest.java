package io.vlm4j.processing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.gguf.Safetensors;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.media.Resampling;
import io.vlm4j.processing.ImageProcessor.Rgb;
import io.vlm4j.tensor.Shape;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Pixel values of transformers' CLIPImageProcessor (with Pillow), and of the original LLaVA's padding.
class ImageProcessorTest {
    private static final ImageProcessor CLIP = ImageProcessor.clip(56);

    @TempDir
    private Path directory;

    @Test
    @Tag("native")
    void croppedAndPaddedPicturesEqualTransformers() {
        assertThat(compare(
                        Golden.resource("processing/resize.safetensors"),
                        name -> Golden.resource("processing/" + name + ".png")))
                .isEqualTo(7);
    }

    @Test
    @Tag("native")
    @Tag("reference")
    void everyPictureOfTheReferenceEqualsTransformers() {
        assertThat(compare(
                        TestModels.reference("golden/cases/llava/resize.safetensors"),
                        name -> TestModels.reference("golden/images/" + name + ".png")))
                .isEqualTo(15);
    }

    private static int compare(Path file, Function<String, Path> pictures) {
        try (Safetensors expected = Safetensors.open(file)) {
            for (String key : expected.names()) {
                int dot = key.lastIndexOf('.');
                ImageInput image = ImageInput.of(pictures.apply(key.substring(0, dot)));
                Fit fit = key.endsWith(".pad") ? Fit.PAD : Fit.CROP;
                PixelValues values = CLIP.withFit(fit).process(image);
                assertThat(values.values().shape()).isEqualTo(Shape.of(1, 3, 56, 56));
                assertThat(Differences.maxAbs(
                                values.values().toFloatArray(),
                                expected.tensor(key).toFloatArray()))
                        .as(key)
                        .isZero();
            }
            return expected.names().size();
        }
    }

    @Test
    @Tag("native")
    void aPictureOfTheSizeOfTheTowerEqualsTransformers() {
        try (Golden golden = Golden.open("llava/single")) {
            PixelValues values = CLIP.process(ImageInput.of(Golden.resource("llava/sq56.png")));

            assertThat(values.values().toFloatArray()).isEqualTo(golden.floats("pixel_values"));
        }
    }

    @ParameterizedTest
    @Tag("native")
    @ValueSource(strings = {"gray", "gray-alpha", "rgba", "palette", "bilevel"})
    void picturesOfOtherKindsBecomeRgbAsInPillow(String name) {
        try (Safetensors expected = Safetensors.open(Golden.resource("processing/convert-rgb.safetensors"));
                Pixels pixels = ImageInput.of(Golden.resource("processing/" + name + ".png"))
                        .decode()) {
            assertThat(pixels.segment().toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(expected.tensor(name).segment().toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void preparedPixelsStayAsTheyAreWhenPreparedAgain() {
        PixelValues once = CLIP.process(List.of(noise(70, 100), noise(100, 71)));
        PixelValues again = CLIP.process(List.of(once.image(0), once.image(1)));

        assertThat(once.images()).isEqualTo(2);
        assertThat(once.pixels().shape()).isEqualTo(Shape.of(2, 56, 56, 3));
        assertThat(again.values().toFloatArray()).isEqualTo(once.values().toFloatArray());
    }

    /// The whole resized picture would take 20 gigabytes, the whole padded square 10.
    @Test
    void picturesOfExtremeShapesCostWhatIsKeptOfThem() {
        PixelValues cropped = ImageProcessor.clip(336).process(noise(60_000, 1));
        PixelValues padded = ImageProcessor.clip(336).withFit(Fit.PAD).process(noise(1, 60_000));

        assertThat(cropped.values().shape()).isEqualTo(Shape.of(1, 3, 336, 336));
        assertThat(padded.pixels().slice(0).slice(0).slice(0).toIntArray()).containsExactly(122, 116, 104);
    }

    @Test
    void aPictureTooNarrowToBeResizedIsRefused() {
        assertThatExceptionOfType(InvalidMedia.class)
                .isThrownBy(() -> ImageProcessor.clip(4096).process(noise(1_000_000, 1)))
                .withMessageContaining("1000000x1 pixels is too narrow");
    }

    @Test
    void aStretchedPictureIsResizedOnBothSides() {
        ImageProcessor siglip = CLIP.withFit(Fit.STRETCH)
                .withSize(8)
                .withResampling(Resampling.NEAREST)
                .withNormalisation(Rgb.gray(0.5), Rgb.gray(0.5));
        byte[] halves = new byte[16 * 4 * 3];
        for (int i = 0; i < halves.length; i++) {
            halves[i] = (byte) (i / 3 % 16 < 8 ? 0 : 255);
        }

        float[] values = siglip.process(ImageInput.ofRgb(16, 4, ByteBuffer.wrap(halves)))
                .values()
                .toFloatArray();

        for (int i = 0; i < values.length; i++) {
            assertThat(values[i]).isEqualTo(i % 8 < 4 ? -1 : 1);
        }
    }

    @Test
    void theFileOfAProjectorChooses() {
        try (GgufFile file = GgufFile.open(TestModels.tinyLlavaProjector())) {
            ImageProcessor settings = ImageProcessor.of(file);

            assertThat(settings.fit()).isEqualTo(Fit.CROP);
            assertThat(settings.size()).isEqualTo(56);
            assertThat(settings.resampling()).isEqualTo(Resampling.BICUBIC);
            for (int channel = 0; channel < 3; channel++) {
                assertThat((float) settings.mean().channel(channel))
                        .isEqualTo((float) CLIP.mean().channel(channel));
                assertThat((float) settings.deviation().channel(channel))
                        .isEqualTo((float) CLIP.deviation().channel(channel));
            }
        }
    }

    @Test
    void everyKnownTypeHasItsFit() {
        assertThat(ImageProcessor.of(projector("ldp")).fit()).isEqualTo(Fit.PAD);
        assertThat(ImageProcessor.of(projector("gemma3")))
                .isEqualTo(new ImageProcessor(
                        Fit.STRETCH,
                        56,
                        Resampling.BILINEAR,
                        ImageProcessor.RESCALE_FACTOR,
                        Rgb.gray(0.5),
                        Rgb.gray(0.25)));
    }

    @Test
    void towersThatTakeNoSquaresAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ImageProcessor.of(projector("qwen2vl_merger")))
                .withMessageContaining("'qwen2vl_merger'")
                .withMessageContaining("p.gguf");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ImageProcessor.of(changed(writer ->
                        writer.put("clip.vision.image_grid_pinpoints", GgufValue.integers(GgufType.I32, 56, 112)))))
                .withMessageContaining("tiles");
        try (GgufFile text = GgufFile.open(TestModels.tinyLlava())) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ImageProcessor.of(text))
                    .withMessageContaining("no projector");
        }
    }

    @Test
    void metadataThatMakesNoSenseIsNamed() {
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> ImageProcessor.of(
                        changed(writer -> writer.put("clip.vision.image_size", GgufValue.u32(0xFFFF_FFFFL)))))
                .withMessageContaining("clip.vision.image_size");
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> ImageProcessor.of(
                        changed(writer -> writer.put("clip.vision.image_mean", GgufValue.floats(0.5f)))))
                .withMessageContaining("'clip.vision.image_mean' has 1 numbers");
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> ImageProcessor.of(
                        changed(writer -> writer.put("clip.vision.image_std", GgufValue.floats(0, 0, 0)))))
                .withMessageContaining("deviation must be above 0");
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() ->
                        ImageProcessor.of(changed(writer -> writer.put("clip.vision.image_std", GgufValue.of("x")))))
                .withMessageContaining("not an array of F32");
    }

    @Test
    void settingsOutOfRangeAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ImageProcessor.clip(0))
                .withMessageContaining("size must be 1 to 4096, not 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CLIP.withNormalisation(Rgb.gray(0), Rgb.gray(0)))
                .withMessageContaining("deviation must be above 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CLIP.withNormalisation(Rgb.gray(Double.NaN), Rgb.gray(1)))
                .withMessageContaining("mean must be 0 to 1");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new ImageProcessor(Fit.CROP, 56, Resampling.BICUBIC, 0, CLIP.mean(), CLIP.deviation()))
                .withMessageContaining("rescaleFactor");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CLIP.process(List.of()))
                .withMessageContaining("not 0");
    }

    private GgufFile projector(String type) {
        return changed(writer -> writer.put("clip.projector_type", GgufValue.of(type)));
    }

    private GgufFile changed(Function<GgufWriter, GgufWriter> change) {
        Path file = directory.resolve("p.gguf");
        GgufWriter writer = GgufWriter.create()
                .put("general.architecture", GgufValue.of("clip"))
                .put("clip.projector_type", GgufValue.of("mlp"))
                .put("clip.vision.image_size", GgufValue.u32(56))
                .put("clip.vision.image_mean", GgufValue.floats(0.5f, 0.5f, 0.5f))
                .put("clip.vision.image_std", GgufValue.floats(0.25f, 0.25f, 0.25f));
        change.apply(writer).write(file);
        return GgufFile.open(file);
    }

    private static ImageInput noise(int width, int height) {
        byte[] bytes = new byte[width * height * 3];
        new Random(width).nextBytes(bytes);
        return ImageInput.ofRgb(width, height, ByteBuffer.wrap(bytes));
    }
}
