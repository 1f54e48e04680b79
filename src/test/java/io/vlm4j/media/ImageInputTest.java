package io.vlm4j.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException.InvalidMedia;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageInputTest {
    @TempDir
    private Path folder;

    private static void assertInvalid(ImageInput input, String message) {
        assertThatThrownBy(input::decode).isInstanceOf(InvalidMedia.class).hasMessage(message);
    }

    @Test
    void describesItsSource() {
        assertThat(ImageInput.of(Path.of("cats", "cat.png")).description())
                .isEqualTo(Path.of("cats", "cat.png").toString());
        assertThat(ImageInput.of(new byte[7]).description()).isEqualTo("image of 7 bytes");
        assertThat(ImageInput.of(new ByteArrayInputStream(new byte[7])).description())
                .isEqualTo("image stream");
        assertThat(ImageInput.ofRgb(2, 1, ByteBuffer.allocate(6))).hasToString("raw image of 2x1 pixels");
    }

    @Test
    void aMissingFileIsInvalidWhenDecoded() {
        Path missing = folder.resolve("missing.png");
        assertInvalid(ImageInput.of(missing), missing + ": no such file");
    }

    @Test
    void aFolderIsInvalid() {
        assertInvalid(ImageInput.of(folder), folder + ": is a folder, not a picture");
    }

    @Test
    void anEmptyFileIsInvalid() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.png"));
        assertInvalid(ImageInput.of(empty), empty + ": is empty");
        assertInvalid(ImageInput.of(new byte[0]), "image of 0 bytes: is empty");
    }

    @Test
    void otherFilesAreInvalidAndShownByTheirFirstBytes() throws IOException {
        Path text = Files.writeString(folder.resolve("text.png"), "Not a picture", StandardCharsets.US_ASCII);
        assertInvalid(
                ImageInput.of(text),
                text + ": is not a PNG, JPEG, GIF, BMP or WebP picture, it begins with 4e 6f 74 20 61 20 70 69");
        byte[] wrongMagic = PictureFiles.file("rgba.png");
        wrongMagic[0] = 0x79;
        assertThatThrownBy(ImageInput.of(wrongMagic)::decode)
                .isInstanceOf(InvalidMedia.class)
                .hasMessageContaining("is not a PNG");
    }

    @Test
    void sizesAreCheckedBeforeReading() throws IOException {
        Path file = Files.write(folder.resolve("picture.png"), PictureFiles.file("rgba.png"));
        ImageLimits limits = ImageLimits.defaults().withMaxBytes(100);
        assertInvalid(ImageInput.of(file).withLimits(limits), file + ": 2030 bytes are over the limit of 100");
        assertInvalid(
                ImageInput.of(PictureFiles.file("rgba.png")).withLimits(limits),
                "image of 2030 bytes: 2030 bytes are over the limit of 100");
    }

    @Test
    void streamsAreReadUpToTheLimitAndLeftOpen() {
        ImageLimits limits = ImageLimits.defaults().withMaxBytes(100);
        assertThatThrownBy(() -> ImageInput.of(new ByteArrayInputStream(new byte[101]), limits))
                .isInstanceOf(InvalidMedia.class)
                .hasMessage("image stream: more than the limit of 100 bytes");
        assertThat(ImageInput.of(new ByteArrayInputStream(new byte[100]), limits)
                        .limits())
                .isEqualTo(limits);
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'x';
            }

            @Override
            public void close() {
                throw new AssertionError("the stream is the caller's to close");
            }
        };
        assertThatThrownBy(() -> ImageInput.of(endless, limits)).isInstanceOf(InvalidMedia.class);
    }

    @Test
    void aFailingStreamIsInvalidWithItsReason() {
        IOException broken = new IOException("cable pulled");
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw broken;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                throw broken;
            }
        };
        assertThatThrownBy(() -> ImageInput.of(failing))
                .isInstanceOf(InvalidMedia.class)
                .hasMessageContaining("cable pulled")
                .hasCause(broken);
    }

    @ParameterizedTest
    @CsvSource({"2, 2, 11", "2, 2, 13", "0, 2, 0", "2, -1, 6", "2147483647, 2147483647, 3"})
    void rawPixelsMustHaveTheLengthOfTheirSize(int width, int height, int length) {
        assertThatThrownBy(() -> ImageInput.ofRgb(width, height, ByteBuffer.allocate(length)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(width + "x" + height);
    }

    @Test
    void nativeRawPixelsAreBorrowed() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment raw = arena.allocate(12).fill((byte) 9);
            Pixels pixels = ImageInput.ofRgb(1, 4, raw).decode();
            assertThat(pixels.segment().address()).isEqualTo(raw.address());
            pixels.close();
            assertThat(raw.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 9);
        }
    }

    @Test
    void buffersCountFromPositionToLimit() {
        ByteBuffer direct = ByteBuffer.allocateDirect(10).position(2).limit(8).put(2, (byte) 7);
        try (Pixels pixels = ImageInput.ofRgb(2, 1, direct).decode()) {
            assertThat(PictureFiles.bytes(pixels)).containsExactly(7, 0, 0, 0, 0, 0);
            assertThat(pixels.segment().address())
                    .isEqualTo(MemorySegment.ofBuffer(direct).address());
        }
        assertThat(direct.position()).isEqualTo(2);
        assertThat(direct.limit()).isEqualTo(8);
    }

    @Test
    void rawPixelsOnTheHeapAreCopiedToNativeMemory() {
        byte[] raw = {1, 2, 3};
        try (Pixels pixels = ImageInput.ofRgb(1, 1, MemorySegment.ofArray(raw)).decode()) {
            raw[0] = 5;
            assertThat(pixels.segment().isNative()).isTrue();
            assertThat(PictureFiles.bytes(pixels)).containsExactly(1, 2, 3);
        }
    }

    @Test
    void limitsDoNotConcernRawPixels() {
        ImageInput raw = ImageInput.ofRgb(2, 1, ByteBuffer.allocate(6)).withLimits(new ImageLimits(1, 1));
        try (Pixels pixels = raw.decode()) {
            assertThat(pixels.width()).isEqualTo(2);
            assertThat(pixels.height()).isEqualTo(1);
        }
    }
}
