package io.vlm4j.media;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/// Pictures of `golden/media`, what Pillow makes of them, and pieces to build damaged and turned ones from.
final class PictureFiles {
    /// The ones that are decoded natively.
    static final String[] NATIVE = {
        "gray.png",
        "gray-alpha.png",
        "rgba.png",
        "palette.png",
        "bilevel.png",
        "rgb16.png",
        "palette-transparent.png",
        "baseline-420.jpg",
        "baseline-444.jpg",
        "restart.jpg",
        "progressive.jpg",
        "gray.jpg",
        "cmyk.jpg",
        "palette.gif",
        "interlaced.gif",
        "transparent.gif",
        "animated.gif",
        "rgb.bmp",
        "palette.bmp",
        "bilevel.bmp"
    };

    static final String[] WEBP = {
        "lossless.webp",
        "lossless-orientation-6.webp",
        "lossless-profile.webp",
        "lossless-animated.webp",
        "lossless-alpha.webp",
        "lossy.webp"
    };

    private PictureFiles() {}

    static byte[] file(String name) {
        try (InputStream stream = PictureFiles.class.getResourceAsStream("/golden/media/" + name)) {
            if (stream == null) {
                throw new AssertionError("no test resource " + name);
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What Pillow's `convert("RGB")` makes of a picture, as stored.
    static byte[] expected(String name) {
        return file(name + ".rgb");
    }

    static byte[] bytes(Pixels pixels) {
        return pixels.segment().toArray(ValueLayout.JAVA_BYTE);
    }

    static byte[] join(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        ByteBuffer joined = ByteBuffer.allocate(length);
        for (byte[] part : parts) {
            joined.put(part);
        }
        return joined.array();
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /// A TIFF block with a software tag and an orientation.
    static byte[] tiff(ByteOrder order, int orientation) {
        return ByteBuffer.allocate(38)
                .order(order)
                .put(ascii(order == ByteOrder.LITTLE_ENDIAN ? "II" : "MM"))
                .putShort((short) 42)
                .putInt(8)
                .putShort((short) 2)
                .putShort((short) 0x0131)
                .putShort((short) 2)
                .putInt(4)
                .put(ascii("abc\0"))
                .putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation)
                .putShort((short) 0)
                .putInt(0)
                .array();
    }

    /// A JPEG with an EXIF segment behind its first marker.
    static byte[] jpegWithExif(byte[] jpeg, byte[] tiff) {
        byte[] exif = join(ascii("Exif\0\0"), tiff);
        byte[] segment = ByteBuffer.allocate(4 + exif.length)
                .put(new byte[] {(byte) 0xFF, (byte) 0xE1})
                .putShort((short) (2 + exif.length))
                .put(exif)
                .array();
        return insert(jpeg, 2, segment);
    }

    static byte[] pngChunk(String type, byte[] data) {
        byte[] content = join(ascii(type), data);
        CRC32 crc = new CRC32();
        crc.update(content);
        return ByteBuffer.allocate(8 + content.length)
                .putInt(data.length)
                .put(content)
                .putInt((int) crc.getValue())
                .array();
    }

    static byte[] pngHeader(int width, int height, int bits, int colourType) {
        return pngChunk(
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(width)
                        .putInt(height)
                        .put((byte) bits)
                        .put((byte) colourType)
                        .array());
    }

    static byte[] pngSignature() {
        return ascii("\u0089PNG\r\n\u001a\n");
    }

    static byte[] insert(byte[] bytes, int at, byte[] inserted) {
        return ByteBuffer.allocate(bytes.length + inserted.length)
                .put(bytes, 0, at)
                .put(inserted)
                .put(bytes, at, bytes.length - at)
                .array();
    }
}
