package io.vlm4j.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException.InvalidMedia;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Random;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebpDecoderTest {
    private static Pixels decode(String name) {
        return ImageInput.of(PictureFiles.file(name)).decode();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lossless.webp",
                "lossless-profile.webp",
                "lossless-animated.webp",
                "lossless-alpha.webp",
            })
    void losslessPicturesEqualPillow(String name) {
        try (Pixels pixels = decode(name)) {
            assertThat(PictureFiles.bytes(pixels)).isEqualTo(PictureFiles.expected(name));
        }
    }

    @Test
    void lossyPicturesDifferByTheInterpolationOfColours() {
        byte[] expected = PictureFiles.expected("lossy.webp");
        try (Pixels pixels = decode("lossy.webp")) {
            byte[] actual = PictureFiles.bytes(pixels);
            assertThat(actual).hasSameSizeAs(expected);
            double sum = 0;
            for (int i = 0; i < expected.length; i++) {
                sum += Math.abs(Byte.toUnsignedInt(actual[i]) - Byte.toUnsignedInt(expected[i]));
            }
            assertThat(sum / expected.length).isLessThan(8);
        }
    }

    @Test
    void honoursOrientation() {
        byte[] stored = PictureFiles.expected("lossless-orientation-6.webp");
        try (Pixels pixels = decode("lossless-orientation-6.webp")) {
            assertThat(pixels.width()).isEqualTo(22);
            assertThat(pixels.height()).isEqualTo(29);
            byte[] upright = PictureFiles.bytes(pixels);
            for (int y = 0; y < 29; y++) {
                for (int x = 0; x < 22; x++) {
                    int from = ((21 - x) * 29 + y) * 3;
                    int to = (y * 22 + x) * 3;
                    assertThat(Arrays.copyOfRange(upright, to, to + 3))
                            .isEqualTo(Arrays.copyOfRange(stored, from, from + 3));
                }
            }
        }
    }

    @Test
    void limitsApply() {
        ImageInput input = ImageInput.of(PictureFiles.file("lossy.webp"))
                .withLimits(ImageLimits.defaults().withMaxPixels(29 * 22 - 1));
        assertThatThrownBy(input::decode)
                .isInstanceOf(InvalidMedia.class)
                .hasMessageContaining("(WebP): a picture of 29x22 pixels is over the limit of 637");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lossless.webp", "lossy.webp", "lossless-orientation-6.webp"})
    void everyBeginningIsInvalid(String name) {
        byte[] whole = PictureFiles.file(name);
        for (int length = 0; length < whole.length - 1; length++) {
            ImageInput beginning = ImageInput.of(Arrays.copyOf(whole, length));
            assertThatThrownBy(beginning::decode).isInstanceOf(InvalidMedia.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lossless.webp", "lossy.webp", "lossless-animated.webp"})
    void damageIsAPictureOrInvalid(String name) {
        Random random = new Random(5);
        for (int i = 0; i < 300; i++) {
            byte[] damaged = PictureFiles.file(name);
            for (int k = random.nextInt(8); k >= 0; k--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try (Pixels pixels = ImageInput.of(damaged)
                    .withLimits(ImageLimits.defaults().withMaxPixels(1_000_000))
                    .decode()) {
                assertThat(pixels.width()).isPositive();
            } catch (InvalidMedia e) {
                assertThat(e).hasMessageStartingWith("image of ");
            }
        }
    }

    @Test
    void withoutAPlugInTheDependencyIsNamed() {
        IIORegistry registry = IIORegistry.getDefaultInstance();
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("webp");
        ImageReaderSpi plugIn = readers.next().getOriginatingProvider();
        registry.deregisterServiceProvider(plugIn, ImageReaderSpi.class);
        try {
            assertThatThrownBy(() -> decode("lossless.webp"))
                    .isInstanceOf(InvalidMedia.class)
                    .hasMessageContaining("com.twelvemonkeys.imageio:imageio-webp");
        } finally {
            registry.registerServiceProvider(plugIn, ImageReaderSpi.class);
        }
    }
}
