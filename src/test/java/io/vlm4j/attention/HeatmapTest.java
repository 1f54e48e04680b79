package io.vlm4j.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class HeatmapTest {
    private static final Heatmap.Fit WHOLE = Heatmap.Fit.WHOLE;

    private static ImageInput gray(int width, int height) {
        byte[] pixels = new byte[width * height * 3];
        Arrays.fill(pixels, (byte) 128);
        return ImageInput.ofRgb(width, height, MemorySegment.ofArray(pixels));
    }

    /// The brightness at a place of a painted picture.
    private static int brightness(ImageInput picture, int x, int y) {
        try (Pixels pixels = picture.decode()) {
            int sum = 0;
            for (int channel = 0; channel < 3; channel++) {
                long at = ((long) y * pixels.width() + x) * 3 + channel;
                sum += Byte.toUnsignedInt(pixels.segment().get(ValueLayout.JAVA_BYTE, at));
            }
            return sum;
        }
    }

    @Test
    void valuesAreScaledToASumOfOne() {
        Heatmap map = Heatmap.of(2, 2, WHOLE, 1, 2, 3, 2);

        assertThat(map.values()).containsExactly(0.125f, 0.25f, 0.375f, 0.25f);
        assertThat(map.value(0, 1)).isEqualTo(0.375f);
        assertThat(Heatmap.of(1, 2, WHOLE, 0, 0).values()).containsExactly(0, 0);
    }

    @Test
    void massIsTheSumOverAPart() {
        Heatmap map = Heatmap.of(4, 1, WHOLE, 1, 2, 3, 4);

        assertThat(map.mass(0, 0, 1, 1)).isCloseTo(1, within(1e-6));
        assertThat(map.mass(0, 0, 0.5, 1)).isCloseTo(0.3, within(1e-6));
        assertThat(map.mass(0.5, 0, 1, 0.5)).isCloseTo(0.35, within(1e-6));
        assertThat(map.mass(0.125, 0, 0.375, 1)).isCloseTo(0.15, within(1e-6)); // half of two cells
        assertThat(map.mass(0.3, 0.3, 0.3, 0.3)).isZero();
    }

    @Test
    void theHighestValueIsTheBrightestPlace() {
        Heatmap map = Heatmap.of(3, 3, WHOLE, 0, 0, 0, 0, 0, 1, 0, 0, 0); // right of the middle
        ImageInput picture = map.over(gray(90, 90), 1000);

        int best = 0;
        int bestX = 0;
        int bestY = 0;
        for (int y = 0; y < 90; y++) {
            for (int x = 0; x < 90; x++) {
                if (brightness(picture, x, y) > best) {
                    best = brightness(picture, x, y);
                    bestX = x;
                    bestY = y;
                }
            }
        }
        assertThat(bestX).isGreaterThanOrEqualTo(74);
        assertThat(bestY).isBetween(44, 45);
        assertThat(brightness(picture, 10, 45)).isLessThan(best - 200);
        assertThat(brightness(picture, 59, 45)) // halfway between two cells
                .isBetween(brightness(picture, 45, 45), best);
    }

    @Test
    void aPaddedGridIsCentredOverTheLongerSide() {
        Heatmap map = Heatmap.of(4, 4, Heatmap.Fit.PADDED, 9, 9, 9, 9, 0, 0, 0, 0, 1, 1, 1, 1, 9, 9, 9, 9);
        ImageInput picture = map.over(gray(80, 40), 80); // what it shows are the two rows in the middle

        assertThat(brightness(picture, 40, 10)).isLessThan(brightness(picture, 40, 30));
        assertThat(brightness(picture, 40, 0)).isGreaterThan(brightness(picture, 40, 10)); // near the padding's
    }

    @Test
    void largePicturesAreDrawnSmaller() {
        try (Pixels pixels =
                Heatmap.of(1, 1, WHOLE, 1).over(gray(300, 150), 100).decode()) {
            assertThat(pixels.width()).isEqualTo(100);
            assertThat(pixels.height()).isEqualTo(50);
        }
        try (Pixels pixels = Heatmap.of(1, 1, WHOLE, 1).over(gray(3, 1), 1).decode()) {
            assertThat(pixels.width()).isEqualTo(1);
            assertThat(pixels.height()).isEqualTo(1);
        }
    }

    @Test
    void thePngIsTheSameEveryTimeAndReadableByOthers() throws IOException {
        Heatmap map = Heatmap.of(2, 1, WHOLE, 1, 3);
        byte[] png = map.over(gray(20, 10), 100).encoded();

        assertThat(png).isEqualTo(map.over(gray(20, 10), 100).encoded());
        var image = ImageIO.read(new ByteArrayInputStream(png));
        assertThat(image.getWidth()).isEqualTo(20);
        assertThat(image.getRGB(19, 5) & 0xFFFFFF).isEqualTo(rgb(0.75, 255, 240, 160));
        assertThat(Heatmap.of(2, 1, WHOLE, 0, 0).over(gray(20, 10), 100).encoded())
                .isNotEqualTo(png);
    }

    private static int rgb(double cover, int... colour) {
        int rgb = 0;
        for (int channel : colour) {
            rgb = rgb << 8 | (int) Math.round((1 - cover) * 128 + cover * channel);
        }
        return rgb;
    }

    @Test
    void equalMapsAreEqual() {
        assertThat(Heatmap.of(2, 1, WHOLE, 1, 3))
                .isEqualTo(Heatmap.of(2, 1, WHOLE, 2, 6))
                .hasSameHashCodeAs(Heatmap.of(2, 1, WHOLE, 2, 6))
                .isNotEqualTo(Heatmap.of(1, 2, WHOLE, 1, 3));
    }

    @Test
    void whatIsNoMapIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Heatmap.of(2, 2, WHOLE, 1, 2, 3))
                .withMessageContaining("2x2 cannot have 3 values");
        assertThatIllegalArgumentException().isThrownBy(() -> Heatmap.of(0, 0, WHOLE));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Heatmap.of(1, 1, WHOLE, -1))
                .withMessageContaining("-1");
        assertThatIllegalArgumentException().isThrownBy(() -> Heatmap.of(1, 1, WHOLE, Float.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> Heatmap.of(1, 1, WHOLE, Float.POSITIVE_INFINITY));
        Heatmap map = Heatmap.of(1, 1, WHOLE, 1);
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> map.value(1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> map.mass(0.5, 0, 0.4, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> map.mass(0, 0, 1.1, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> map.over(gray(1, 1), 0));
    }
}
