package io.vlm4j.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.runtime.NativeRuntime;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("native")
class ImageDecodingTest {
    /// JPEG leaves the inverse transform and the interpolation of colours to the decoder: stb_image and libjpeg
    /// differ.
    private static final int JPEG_TOLERANCE = 4;

    @BeforeAll
    static void loadLibraries() {
        NativeRuntime.load();
    }

    static Stream<String> samples() {
        return Arrays.stream(PictureFiles.NATIVE);
    }

    static Stream<String> lossless() {
        return samples().filter(name -> !name.endsWith(".jpg"));
    }

    static Stream<String> jpegs() {
        return samples().filter(name -> name.endsWith(".jpg"));
    }

    private static byte[] decode(byte[] encoded) {
        try (Pixels pixels = ImageInput.of(encoded).decode()) {
            return PictureFiles.bytes(pixels);
        }
    }

    private static void assertInvalid(byte[] encoded, String message) {
        assertThatThrownBy(() -> decode(encoded))
                .isInstanceOf(InvalidMedia.class)
                .hasMessageStartingWith("image of " + encoded.length + " bytes (")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @MethodSource("lossless")
    void equalsPillow(String name) {
        assertThat(decode(PictureFiles.file(name))).isEqualTo(PictureFiles.expected(name));
    }

    @ParameterizedTest
    @MethodSource("jpegs")
    void isWithinFourStepsOfPillow(String name) {
        byte[] expected = PictureFiles.expected(name);
        byte[] actual = decode(PictureFiles.file(name));
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(Byte.toUnsignedInt(actual[i]))
                    .as("sample %d", i)
                    .isCloseTo(Byte.toUnsignedInt(expected[i]), Offset.offset(JPEG_TOLERANCE));
        }
    }

    @Test
    void filesBytesAndStreamsGiveTheSamePixels(@TempDir Path folder) throws IOException {
        byte[] encoded = PictureFiles.file("progressive.jpg");
        Path file = Files.write(folder.resolve("misnamed.png"), encoded);
        try (Pixels ofFile = ImageInput.of(file).decode();
                Pixels ofBytes = ImageInput.of(encoded).decode();
                Pixels ofStream =
                        ImageInput.of(new ByteArrayInputStream(encoded)).decode()) {
            assertThat(ofFile.width()).isEqualTo(29);
            assertThat(ofFile.height()).isEqualTo(22);
            assertThat(ofFile.sha256()).isEqualTo(ofBytes.sha256()).isEqualTo(ofStream.sha256());
        }
    }

    @Test
    void largeFilesPassTheHeapBy(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("large.jpg");
        ImageIO.write(new BufferedImage(3000, 2000, BufferedImage.TYPE_3BYTE_BGR), "jpeg", file.toFile());
        ImageInput input = ImageInput.of(file);
        input.decode().close(); // loads classes
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        input.decode().close();
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(100_000);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void turnsJpegsUpright(int orientation) {
        byte[] jpeg = PictureFiles.file("baseline-420.jpg");
        byte[] stored = decode(jpeg);
        ByteOrder order = orientation % 2 == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        byte[] tagged = PictureFiles.jpegWithExif(jpeg, PictureFiles.tiff(order, orientation));
        try (Pixels pixels = ImageInput.of(tagged).decode();
                Pixels expected = PaintedImage.paint(29, 22, orientation, rows -> {
                    for (int y = 0; y < 22; y++) {
                        rows.put(y, Arrays.copyOfRange(stored, y * 29 * 3, (y + 1) * 29 * 3));
                    }
                })) {
            assertThat(pixels.width()).isEqualTo(orientation < 5 ? 29 : 22);
            assertThat(PictureFiles.bytes(pixels)).isEqualTo(PictureFiles.bytes(expected));
        }
    }

    @Test
    void turnsPicturesOfManyTiles() {
        int width = 201;
        int height = 133;
        byte[] rows = new byte[height * (1 + width * 3)];
        new Random(1).nextBytes(rows);
        for (int y = 0; y < height; y++) {
            rows[y * (1 + width * 3)] = 0; // no filter
        }
        byte[] stored = decode(png(width, height, rows, new byte[0]));
        for (int orientation = 2; orientation <= 8; orientation++) {
            byte[] exif = PictureFiles.pngChunk("eXIf", PictureFiles.tiff(ByteOrder.BIG_ENDIAN, orientation));
            byte[] upright = decode(png(width, height, rows, exif));
            try (Pixels expected = PaintedImage.paint(width, height, orientation, painted -> {
                for (int y = 0; y < height; y++) {
                    painted.put(y, Arrays.copyOfRange(stored, y * width * 3, (y + 1) * width * 3));
                }
            })) {
                assertThat(upright).as("orientation %d", orientation).isEqualTo(PictureFiles.bytes(expected));
            }
        }
    }

    private static byte[] png(int width, int height, byte[] rows, byte[] chunk) {
        return PictureFiles.join(
                PictureFiles.pngSignature(),
                PictureFiles.pngHeader(width, height, 8, 2),
                chunk,
                PictureFiles.pngChunk("IDAT", deflate(rows)),
                PictureFiles.pngChunk("IEND", new byte[0]));
    }

    private static byte[] deflate(byte[] data) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(compressed, new Deflater(9))) {
            deflater.write(data);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return compressed.toByteArray();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everyBeginningIsInvalidOrLacksOnlyTheEnd(String name) {
        byte[] whole = PictureFiles.file(name);
        byte[] pixels = decode(whole);
        for (int length = 0; length < whole.length; length++) {
            byte[] beginning = Arrays.copyOf(whole, length);
            try {
                assertThat(decode(beginning)).as("%d bytes", length).isEqualTo(pixels);
            } catch (InvalidMedia e) {
                assertThat(e).hasMessageStartingWith("image of " + length + " bytes");
            }
        }
        byte[] half = Arrays.copyOf(whole, whole.length / 2);
        if (!name.equals("animated.gif")) { // the first frame ends before
            assertThatThrownBy(() -> decode(half)).isInstanceOf(InvalidMedia.class);
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void damageIsAPictureOrInvalid(String name) {
        Random random = new Random(name.hashCode());
        ImageLimits limits = ImageLimits.defaults().withMaxPixels(1_000_000);
        for (int i = 0; i < 500; i++) {
            byte[] damaged = PictureFiles.file(name);
            for (int k = random.nextInt(8); k >= 0; k--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try (Pixels pixels = ImageInput.of(damaged).withLimits(limits).decode()) {
                assertThat(pixels.segment().byteSize()).isEqualTo(3L * pixels.width() * pixels.height());
            } catch (InvalidMedia e) {
                assertThat(e).hasMessageStartingWith("image of ");
            }
        }
    }

    @Test
    void whatTheFirstFrameOfAGifLeavesOpenIsBlack() {
        byte[] gif = PictureFiles.file("palette.gif");
        ByteBuffer.wrap(gif)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(6, (short) 30)
                .put(11, (byte) 2);
        byte[] pixels = decode(gif);
        byte[] frame = PictureFiles.expected("palette.gif");
        for (int y = 0; y < 22; y++) {
            byte[] row = Arrays.copyOf(Arrays.copyOfRange(frame, y * 29 * 3, (y + 1) * 29 * 3), 30 * 3);
            assertThat(Arrays.copyOfRange(pixels, y * 30 * 3, (y + 1) * 30 * 3)).isEqualTo(row);
        }
    }

    @Test
    void findsDamageInPngsByTheirChecksums() {
        byte[] png = PictureFiles.file("rgba.png");
        png[png.length / 2] ^= 1;
        assertInvalid(png, "(PNG): damaged: wrong checksum of the chunk at byte 33");
    }

    @Test
    void refusesPngsThatInflateBeyondTheirSize() {
        assertInvalid(png(1, 1, new byte[100 << 20], new byte[0]), "unpacks to more than a picture of its size");
    }

    @Test
    void refusesJpegsOfCountlessScans() {
        byte[] jpeg = PictureFiles.file("progressive.jpg");
        int lastScan = jpeg.length - 3;
        while (jpeg[lastScan] != (byte) 0xFF || jpeg[lastScan + 1] != (byte) 0xDA) {
            lastScan--;
        }
        byte[] scan = Arrays.copyOfRange(jpeg, lastScan, jpeg.length - 2);
        ByteBuffer scans = ByteBuffer.allocate(100 * scan.length);
        while (scans.hasRemaining()) {
            scans.put(scan);
        }
        assertInvalid(PictureFiles.insert(jpeg, jpeg.length - 2, scans.array()), "more than 100 scans");
    }

    @Test
    void refusesRunLengthEncodedBitmaps() {
        byte[] bmp = PictureFiles.file("palette.bmp");
        bmp[30] = 1;
        assertInvalid(bmp, "(BMP): ");
    }

    @Test
    void checksThePixelLimitBeforeDecoding() {
        ImageInput input = ImageInput.of(PictureFiles.file("rgb.bmp"))
                .withLimits(ImageLimits.defaults().withMaxPixels(100));
        assertThatThrownBy(input::decode)
                .isInstanceOf(InvalidMedia.class)
                .hasMessageContaining("(BMP): a picture of 29x22 pixels is over the limit of 100");
    }
}
