package io.vlm4j.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException.InvalidMedia;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ImageHeaderTest {
    static Stream<String> samples() {
        return Stream.concat(Arrays.stream(PictureFiles.NATIVE), Arrays.stream(PictureFiles.WEBP));
    }

    @ParameterizedTest
    @CsvSource({
        "rgba.png, PNG, 48, 36, 1",
        "rgb16.png, PNG, 11, 7, 1",
        "progressive.jpg, JPEG, 29, 22, 1",
        "cmyk.jpg, JPEG, 29, 22, 1",
        "animated.gif, GIF, 29, 22, 1",
        "bilevel.bmp, BMP, 29, 22, 1",
        "lossless.webp, WEBP, 29, 22, 1",
        "lossy.webp, WEBP, 29, 22, 1",
        "lossless-orientation-6.webp, WEBP, 29, 22, 6",
        "lossless-alpha.webp, WEBP, 48, 36, 1",
        "lossless-animated.webp, WEBP, 29, 22, 1",
    })
    void tellsFormatSizeAndOrientation(String name, ImageFormat format, int width, int height, int orientation) {
        assertThat(ImageHeader.read(PictureFiles.file(name)))
                .isEqualTo(new ImageHeader(format, width, height, orientation));
    }

    @Test
    void turnedPicturesExchangeTheirSides() {
        ImageHeader header = ImageHeader.read(PictureFiles.file("lossless-orientation-6.webp"));
        assertThat(header.uprightWidth()).isEqualTo(22);
        assertThat(header.uprightHeight()).isEqualTo(29);
        ImageHeader mirrored = new ImageHeader(ImageFormat.JPEG, 3, 2, 4);
        assertThat(mirrored.uprightWidth()).isEqualTo(3);
        assertThat(mirrored.uprightHeight()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"3, true", "8, true", "3, false", "8, false"})
    void readsTheOrientationOfJpegAndPng(int orientation, boolean littleEndian) {
        byte[] tiff = PictureFiles.tiff(littleEndian ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN, orientation);
        byte[] jpeg = PictureFiles.jpegWithExif(PictureFiles.file("baseline-420.jpg"), tiff);
        assertThat(ImageHeader.read(jpeg).orientation()).isEqualTo(orientation);
        byte[] png = PictureFiles.file("rgba.png");
        byte[] behindHeader = PictureFiles.insert(png, 33, PictureFiles.pngChunk("eXIf", tiff));
        assertThat(ImageHeader.read(behindHeader).orientation()).isEqualTo(orientation);
        byte[] behindPixels = PictureFiles.insert(png, png.length - 12, PictureFiles.pngChunk("eXIf", tiff));
        assertThat(ImageHeader.read(behindPixels).orientation()).isEqualTo(orientation);
    }

    @Test
    void theFirstExifSegmentOfAJpegCounts() {
        byte[] jpeg = PictureFiles.file("baseline-420.jpg");
        byte[] inner = PictureFiles.jpegWithExif(jpeg, PictureFiles.tiff(ByteOrder.BIG_ENDIAN, 3));
        byte[] outer = PictureFiles.jpegWithExif(inner, PictureFiles.tiff(ByteOrder.BIG_ENDIAN, 6));
        assertThat(ImageHeader.read(outer).orientation()).isEqualTo(6);
    }

    @Test
    void passesPaddingBetweenJpegSegments() {
        byte[] padded = PictureFiles.insert(
                PictureFiles.file("baseline-420.jpg"), 20, new byte[] {0, 0, (byte) 0xFF, (byte) 0xFF});
        assertThat(ImageHeader.read(padded).width()).isEqualTo(29);
    }

    @Test
    void readsBitmapsOfAllHeaders() {
        byte[] fromTheTop = PictureFiles.file("rgb.bmp");
        ByteBuffer.wrap(fromTheTop).order(ByteOrder.LITTLE_ENDIAN).putInt(22, -22);
        assertThat(ImageHeader.read(fromTheTop).height()).isEqualTo(22);
        byte[] old = PictureFiles.file("rgb.bmp");
        ByteBuffer.wrap(old)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(14, 12)
                .putShort(18, (short) 40_000)
                .putShort(20, (short) 5);
        assertThat(ImageHeader.read(old)).isEqualTo(new ImageHeader(ImageFormat.BMP, 40_000, 5, 1));
    }

    @ParameterizedTest
    @CsvSource({"0, 5", "5, 0", "10001, 10000", "2147483647, 2147483647", "-1, 1", "1, -1"})
    void refusesEmptyAndHugePicturesBeforeDecoding(int width, int height) {
        byte[] png = PictureFiles.join(
                PictureFiles.pngSignature(),
                PictureFiles.pngHeader(width, height, 8, 2),
                PictureFiles.pngChunk("IDAT", new byte[9]),
                PictureFiles.pngChunk("IEND", new byte[0]));
        assertThatThrownBy(() -> ImageHeader.read(png))
                .isInstanceOf(InvalidMedia.class)
                .hasMessageContaining("image of " + png.length + " bytes (PNG): a picture of "
                        + Integer.toUnsignedString(width) + "x" + Integer.toUnsignedString(height) + " pixels");
    }

    @Test
    void limitsAreInclusive() {
        byte[] png = PictureFiles.file("rgba.png");
        ImageLimits exact = new ImageLimits(png.length, 48 * 36);
        assertThat(ImageHeader.read(png, exact).width()).isEqualTo(48);
        assertThatThrownBy(() -> ImageHeader.read(png, exact.withMaxPixels(48 * 36 - 1)))
                .isInstanceOf(InvalidMedia.class)
                .hasMessageContaining("over the limit of 1727");
        assertThatThrownBy(() -> ImageHeader.read(png, exact.withMaxBytes(png.length - 1)))
                .isInstanceOf(InvalidMedia.class)
                .hasMessageContaining("over the limit of " + (png.length - 1));
    }

    @Test
    void namesUnsupportedKindsOfJpeg() {
        byte[] arithmetic = PictureFiles.file("baseline-420.jpg");
        int frame = indexOf(arithmetic, (byte) 0xC0);
        arithmetic[frame] = (byte) 0xC9;
        assertThatThrownBy(() -> ImageHeader.read(arithmetic))
                .isInstanceOf(InvalidMedia.class)
                .hasMessageContaining("arithmetic");
        byte[] deep = PictureFiles.file("baseline-420.jpg");
        deep[frame + 3] = 12;
        assertThatThrownBy(() -> ImageHeader.read(deep))
                .isInstanceOf(InvalidMedia.class)
                .hasMessageContaining("12 bits per sample");
    }

    private static int indexOf(byte[] jpeg, byte marker) {
        for (int i = 0; i < jpeg.length - 1; i++) {
            if (jpeg[i] == (byte) 0xFF && jpeg[i + 1] == marker) {
                return i + 1;
            }
        }
        throw new AssertionError("no marker " + marker);
    }

    @Test
    void namesTheFile(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("half.png"), Arrays.copyOf(PictureFiles.file("rgba.png"), 1000));
        assertThatThrownBy(() -> ImageHeader.read(file))
                .isInstanceOf(InvalidMedia.class)
                .hasMessage(file + " (PNG): cut off after 1000 bytes");
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everyBeginningIsAHeaderOrInvalid(String name) {
        byte[] whole = PictureFiles.file(name);
        ImageHeader header = ImageHeader.read(whole);
        for (int length = 0; length < whole.length; length++) {
            byte[] beginning = Arrays.copyOf(whole, length);
            try {
                assertThat(ImageHeader.read(beginning)).isEqualTo(header);
            } catch (InvalidMedia e) {
                assertThat(e).hasMessageStartingWith("image of " + length + " bytes");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void damageIsAHeaderOrInvalid(String name) {
        Random random = new Random(name.hashCode());
        for (int i = 0; i < 3_000; i++) {
            byte[] damaged = PictureFiles.file(name);
            for (int k = random.nextInt(5); k >= 0; k--) {
                damaged[random.nextInt(Math.min(damaged.length, 200))] = (byte) random.nextInt();
            }
            try {
                assertThat(ImageHeader.read(damaged).width()).isPositive();
            } catch (InvalidMedia e) {
                assertThat(e).hasMessageStartingWith("image of ");
            }
        }
    }
}
