package io.vlm4j.media;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BufferedImagesTest {
    private static final int FIRST = 0x00_0A_80_FF;
    private static final int SECOND = 0x80_C8_64_32;

    private static byte[] decode(BufferedImage image) {
        try (Pixels pixels = BufferedImages.toInput(image).decode()) {
            assertThat(pixels.width()).isEqualTo(image.getWidth());
            assertThat(pixels.height()).isEqualTo(image.getHeight());
            return PictureFiles.bytes(pixels);
        }
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                BufferedImage.TYPE_INT_RGB,
                BufferedImage.TYPE_INT_ARGB,
                BufferedImage.TYPE_INT_BGR,
                BufferedImage.TYPE_3BYTE_BGR,
                BufferedImage.TYPE_4BYTE_ABGR
            })
    void dropsAlphaAndKeepsColours(int type) {
        BufferedImage image = new BufferedImage(2, 1, type);
        image.setRGB(0, 0, FIRST);
        image.setRGB(1, 0, SECOND);
        assertThat(decode(image)).containsExactly(bytes(0x0A, 0x80, 0xFF, 0xC8, 0x64, 0x32));
    }

    @ParameterizedTest
    @ValueSource(ints = {BufferedImage.TYPE_INT_ARGB_PRE, BufferedImage.TYPE_4BYTE_ABGR_PRE})
    void dividesPremultipliedColoursByTheirAlpha(int type) {
        BufferedImage image = new BufferedImage(1, 1, type);
        image.setRGB(0, 0, 0x80_FF_80_00);
        assertThat(decode(image)).containsExactly(bytes(0xFF, 0x80, 0x00));
    }

    @Test
    void repeatsGrayAsStored() {
        BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setPixels(0, 0, 3, 1, new int[] {1, 128, 255});
        assertThat(decode(image)).containsExactly(bytes(1, 1, 1, 128, 128, 128, 255, 255, 255));
    }

    @Test
    void keepsTheUpperHalfOf16BitGray() {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
        image.getRaster().setPixels(0, 0, 2, 1, new int[] {0x80FF, 0xFF00});
        assertThat(decode(image)).containsExactly(bytes(0x80, 0x80, 0x80, 0xFF, 0xFF, 0xFF));
    }

    @Test
    void repeatsGrayWithAlpha() {
        BufferedImage image = new BufferedImage(
                new ComponentColorModel(
                        ColorSpace.getInstance(ColorSpace.CS_GRAY),
                        true,
                        false,
                        Transparency.TRANSLUCENT,
                        DataBuffer.TYPE_BYTE),
                WritableRaster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 2, 1, 2, null),
                false,
                null);
        image.getRaster().setPixels(0, 0, 2, 1, new int[] {10, 0, 200, 255});
        assertThat(decode(image)).containsExactly(bytes(10, 10, 10, 200, 200, 200));
    }

    @Test
    void looksUpIndexedColours() {
        byte[] red = bytes(0, 10, 20, 30);
        byte[] green = bytes(1, 11, 21, 31);
        byte[] blue = bytes(2, 12, 22, 255);
        IndexColorModel palette = new IndexColorModel(2, 4, red, green, blue, 1); // colour 1 is transparent
        BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_BINARY, palette);
        image.getRaster().setPixels(0, 0, 3, 1, new int[] {3, 1, 2});
        assertThat(decode(image)).containsExactly(bytes(30, 31, 255, 10, 11, 12, 20, 21, 22));
    }

    @Test
    void expandsPackedShorts() {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_USHORT_565_RGB);
        image.setRGB(0, 0, 0xFF_FF_00_FF);
        assertThat(decode(image)).containsExactly(bytes(0xFF, 0x00, 0xFF));
    }

    @Test
    void readsPartsOfLargerImages() {
        BufferedImage whole = new BufferedImage(4, 3, BufferedImage.TYPE_3BYTE_BGR);
        whole.setRGB(2, 1, FIRST);
        whole.setRGB(3, 2, SECOND);
        assertThat(decode(whole.getSubimage(2, 1, 2, 2)))
                .containsExactly(bytes(0x0A, 0x80, 0xFF, 0, 0, 0, 0, 0, 0, 0xC8, 0x64, 0x32));
    }

    @Test
    void describesItself() {
        ImageInput input = BufferedImages.toInput(new BufferedImage(4, 3, BufferedImage.TYPE_INT_RGB));
        assertThat(input.description()).isEqualTo("BufferedImage of 4x3 pixels");
    }
}
