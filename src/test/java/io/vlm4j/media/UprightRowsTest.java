package io.vlm4j.media;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UprightRowsTest {
    /// The stored picture is `abc/def`; the expected ones are drawn from the EXIF specification's letter F.
    @ParameterizedTest
    @CsvSource({
        "1, abc/def",
        "2, cba/fed",
        "3, fed/cba",
        "4, def/abc",
        "5, ad/be/cf",
        "6, da/eb/fc",
        "7, fc/eb/da",
        "8, cf/be/ad"
    })
    void putsStoredRowsUpright(int orientation, String expected) {
        String[] stored = {"abc", "def"};
        try (Pixels pixels = PaintedImage.paint(3, 2, orientation, rows -> {
            for (int y = 0; y < 2; y++) {
                rows.put(y, rgb(stored[y]));
            }
        })) {
            assertThat(text(pixels)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 3", "2, 3", "5, 1", "6, 1", "8, 1"})
    void putsRowsOfOnePixel(int orientation, int height) {
        try (Pixels pixels = PaintedImage.paint(1, 3, orientation, rows -> {
            rows.put(0, rgb("a"));
            rows.put(1, rgb("b"));
            rows.put(2, rgb("c"));
        })) {
            assertThat(pixels.height()).isEqualTo(height);
            String line = text(pixels).replace("/", "");
            assertThat(line).isEqualTo(orientation == 6 ? "cba" : "abc");
        }
    }

    private static byte[] rgb(String letters) {
        StringBuilder tripled = new StringBuilder();
        letters.chars()
                .forEach(letter -> tripled.append((char) letter)
                        .append((char) (letter + 1))
                        .append((char) (letter + 2)));
        return tripled.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static String text(Pixels pixels) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < pixels.width() * pixels.height(); i++) {
            byte red = pixels.segment().get(ValueLayout.JAVA_BYTE, 3L * i);
            assertThat(pixels.segment().get(ValueLayout.JAVA_BYTE, 3L * i + 2)).isEqualTo((byte) (red + 2));
            text.append(i > 0 && i % pixels.width() == 0 ? "/" : "").append((char) red);
        }
        return text.toString();
    }
}
