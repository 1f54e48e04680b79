package io.vlm4j.media;

import io.vlm4j.Vlm4jException.InvalidMedia;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The bytes of an encoded picture of a known format. Numbers are read from anywhere in it; reading beyond the end
/// is an [InvalidMedia] that names the source and says that the picture is cut off.
record EncodedImage(MemorySegment bytes, String source, ImageFormat format) {
    static EncodedImage of(MemorySegment bytes, String source) {
        if (bytes.byteSize() == 0) {
            throw new InvalidMedia(source + ": is empty");
        }
        ImageFormat format = ImageFormat.of(bytes)
                .orElseThrow(() -> new InvalidMedia(source
                        + ": is not a PNG, JPEG, GIF, BMP or WebP picture, it begins with " + firstBytes(bytes)));
        return new EncodedImage(bytes, source, format);
    }

    /// Reads a stream to its end, or fails once it is over the limit.
    static EncodedBytes readAll(InputStream stream, String source, ImageLimits limits) throws IOException {
        byte[] bytes = stream.readNBytes((int) Math.min(limits.maxBytes() + 1, Integer.MAX_VALUE));
        if (bytes.length > limits.maxBytes()) {
            throw new InvalidMedia(source + ": more than the limit of " + limits.maxBytes() + " bytes");
        }
        return new EncodedBytes(bytes, source);
    }

    private static String firstBytes(MemorySegment bytes) {
        StringBuilder text = new StringBuilder();
        for (long i = 0; i < Math.min(bytes.byteSize(), 8); i++) {
            text.append(i == 0 ? "" : " ").append("%02x".formatted(bytes.get(ValueLayout.JAVA_BYTE, i)));
        }
        return text.toString();
    }

    long size() {
        return bytes.byteSize();
    }

    /// Fails unless `count` bytes follow from `offset`.
    void require(long offset, long count) {
        if (offset > size() - count) {
            throw invalid("cut off after " + size() + " bytes");
        }
    }

    int u8(long offset) {
        require(offset, 1);
        return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, offset));
    }

    int u16be(long offset) {
        return u8(offset) << 8 | u8(offset + 1);
    }

    int u16le(long offset) {
        return u8(offset) | u8(offset + 1) << 8;
    }

    int u24le(long offset) {
        return u16le(offset) | u8(offset + 2) << 16;
    }

    long u32be(long offset) {
        return (long) u16be(offset) << 16 | u16be(offset + 2);
    }

    long u32le(long offset) {
        return u16le(offset) | (long) u16le(offset + 2) << 16;
    }

    /// Whether these ASCII characters are at `offset`; false, too, where the picture ends before.
    boolean has(String ascii, long offset) {
        if (offset > size() - ascii.length()) {
            return false;
        }
        for (int i = 0; i < ascii.length(); i++) {
            if (u8(offset + i) != ascii.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    MemorySegment slice(long offset, long count) {
        require(offset, count);
        return bytes.asSlice(offset, count);
    }

    InvalidMedia invalid(String what) {
        return new InvalidMedia(source + " (" + format.label() + "): " + what);
    }

    InvalidMedia invalid(String what, Throwable cause) {
        return new InvalidMedia(source + " (" + format.label() + "): " + what, cause);
    }
}
