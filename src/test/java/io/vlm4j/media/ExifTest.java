package io.vlm4j.media;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExifTest {
    private static int orientation(byte[] exif) {
        return Exif.orientation(MemorySegment.ofArray(exif));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void readsBothByteOrders(int orientation) {
        assertThat(orientation(PictureFiles.tiff(ByteOrder.LITTLE_ENDIAN, orientation)))
                .isEqualTo(orientation);
        assertThat(orientation(PictureFiles.tiff(ByteOrder.BIG_ENDIAN, orientation)))
                .isEqualTo(orientation);
    }

    @Test
    void readsTheFormWithItsJpegPrefix() {
        byte[] prefixed = PictureFiles.join(PictureFiles.ascii("Exif\0\0"), PictureFiles.tiff(ByteOrder.BIG_ENDIAN, 8));
        assertThat(orientation(prefixed)).isEqualTo(8);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 9, 255, 65535})
    void takesUnknownOrientationsForUpright(int orientation) {
        assertThat(orientation(PictureFiles.tiff(ByteOrder.LITTLE_ENDIAN, orientation)))
                .isEqualTo(Exif.UPRIGHT);
    }

    @Test
    void takesAnOrientationOfAnotherTypeForUpright() {
        byte[] tiff = PictureFiles.tiff(ByteOrder.LITTLE_ENDIAN, 6);
        tiff[24] = 4; // the type of the second entry
        assertThat(orientation(tiff)).isEqualTo(Exif.UPRIGHT);
    }

    @Test
    void isUprightWithoutTheTag() {
        byte[] tiff = PictureFiles.tiff(ByteOrder.LITTLE_ENDIAN, 6);
        tiff[22] = 0;
        assertThat(orientation(tiff)).isEqualTo(Exif.UPRIGHT);
    }

    @Test
    void isUprightWhereverItIsCutOff() {
        byte[] tiff = PictureFiles.tiff(ByteOrder.LITTLE_ENDIAN, 6);
        for (int length = 0; length < 34; length++) { // the end of the second entry
            assertThat(orientation(Arrays.copyOf(tiff, length)))
                    .as("length %d", length)
                    .isEqualTo(Exif.UPRIGHT);
        }
    }

    @Test
    void isUprightWithADirectoryOutsideTheBlock() {
        for (int offset : new int[] {31, 37, 38, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            byte[] tiff = PictureFiles.tiff(ByteOrder.LITTLE_ENDIAN, 6);
            ByteBuffer.wrap(tiff).order(ByteOrder.LITTLE_ENDIAN).putInt(4, offset);
            assertThat(orientation(tiff)).as("offset %d", offset).isEqualTo(Exif.UPRIGHT);
        }
    }

    @Test
    void neverFailsOnNoise() {
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = PictureFiles.tiff(i % 2 == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN, 6);
            for (int k = random.nextInt(6); k >= 0; k--) {
                noise[random.nextInt(noise.length)] = (byte) random.nextInt();
            }
            assertThat(orientation(noise)).isBetween(1, 8);
        }
    }
}
