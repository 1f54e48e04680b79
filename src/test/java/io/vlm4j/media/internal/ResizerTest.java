package io.vlm4j.media.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.gguf.Safetensors;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.media.Resampling;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Pillow's `Image.resize`, byte for byte.
class ResizerTest {
    private static final Pattern KEY = Pattern.compile("(.+)-to-(\\d+)x(\\d+)\\.(\\w+)");

    @Test
    @Tag("native")
    void everyFilterEqualsPillow() {
        assertThat(compare(
                        Golden.resource("processing/pillow-resize.safetensors"),
                        name -> Golden.resource("processing/" + name + ".png")))
                .isEqualTo(44);
    }

    @Test
    @Tag("native")
    @Tag("reference")
    void thePicturesOfTheReferenceEqualPillow() {
        assertThat(compare(
                        TestModels.reference("golden/cases/images/pillow-resize.safetensors"),
                        name -> TestModels.reference("golden/images/" + name + ".png")))
                .isEqualTo(12);
    }

    private static int compare(Path file, Function<String, Path> pictures) {
        try (Safetensors resized = Safetensors.open(file)) {
            for (String key : resized.names()) {
                Matcher parts = KEY.matcher(key);
                assertThat(parts.matches()).as(key).isTrue();
                Tensor expected = resized.tensor(key);
                try (Pixels pixels =
                        ImageInput.of(pictures.apply(parts.group(1))).decode()) {
                    byte[] actual = Resizer.resize(
                            Canvas.of(Rows.of(pixels)),
                            Resampling.valueOf(parts.group(4).toUpperCase(Locale.ROOT)),
                            Resizer.Window.all(Integer.parseInt(parts.group(2)), Integer.parseInt(parts.group(3))));
                    assertThat(actual).as(key).isEqualTo(expected.segment().toArray(ValueLayout.JAVA_BYTE));
                }
            }
            return resized.names().size();
        }
    }

    @ParameterizedTest
    @EnumSource(Resampling.class)
    void aWindowIsAPartOfTheWhole(Resampling resampling) {
        Canvas picture = noise(41, 29, 7);
        byte[] whole = Resizer.resize(picture, resampling, Resizer.Window.all(57, 19));
        byte[] part = Resizer.resize(picture, resampling, new Resizer.Window(57, 19, 11, 3, 23, 9));

        for (int y = 0; y < 9; y++) {
            for (int i = 0; i < 23 * 3; i++) {
                assertThat(part[y * 23 * 3 + i]).isEqualTo(whole[((y + 3) * 57 + 11) * 3 + i]);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Resampling.class)
    void aWindowOfTheSameHeightOrWidthIsAPartOfTheWhole(Resampling resampling) {
        Canvas picture = noise(20, 30, 8);
        byte[] whole = Resizer.resize(picture, resampling, Resizer.Window.all(20, 15));
        assertThat(Resizer.resize(picture, resampling, new Resizer.Window(20, 15, 5, 2, 1, 1)))
                .containsExactly(whole[(2 * 20 + 5) * 3], whole[(2 * 20 + 5) * 3 + 1], whole[(2 * 20 + 5) * 3 + 2]);
        byte[] sameHeight = Resizer.resize(picture, resampling, Resizer.Window.all(10, 30));
        assertThat(Resizer.resize(picture, resampling, new Resizer.Window(10, 30, 0, 29, 1, 1)))
                .containsExactly(sameHeight[29 * 30], sameHeight[29 * 30 + 1], sameHeight[29 * 30 + 2]);
    }

    @Test
    void aPictureThatDoesNotFitIntoArraysIsRefused() {
        assertThatExceptionOfType(InvalidMedia.class)
                .isThrownBy(() -> Resizer.resize(
                        noise(1, Integer.MAX_VALUE, 1), Resampling.BICUBIC, Resizer.Window.all(336, 336)))
                .withMessageContaining("2147483647 pixels in a row or column are too many to be resized to 336");
        assertThatExceptionOfType(InvalidMedia.class)
                .isThrownBy(() -> Resizer.resize(
                        noise(Integer.MAX_VALUE, 1, 1), Resampling.BICUBIC, Resizer.Window.all(336, 336)))
                .withMessageContaining("2147483647x1 pixels is too large");
        assertThatExceptionOfType(InvalidMedia.class)
                .isThrownBy(() ->
                        Resizer.resize(noise(40_000, 4_000_000, 1), Resampling.BICUBIC, Resizer.Window.all(336, 336)))
                .withMessageContaining("40000x4000000 pixels is too large");
    }

    private static Canvas noise(int width, int height, long seed) {
        return Canvas.of(new Rows() {
            @Override
            public int width() {
                return width;
            }

            @Override
            public int height() {
                return height;
            }

            @Override
            public void read(int y, byte[] row, int start) {
                byte[] bytes = new byte[width * CHANNELS];
                new Random(seed * 1000 + y).nextBytes(bytes);
                System.arraycopy(bytes, 0, row, start, bytes.length);
            }
        });
    }
}
