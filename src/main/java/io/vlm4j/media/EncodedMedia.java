package io.vlm4j.media;

import io.vlm4j.Vlm4jException.InvalidMedia;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The bytes of an encoded picture or sound of a known format. Numbers are read from anywhere in it; reading beyond
/// the end is an [InvalidMedia] that names the source and says that it is cut off.
sealed interface EncodedMedia permits EncodedImage, EncodedAudio {
    MemorySegment bytes();

    /// What it is, for messages.
    String source();

    /// The format's usual name.
    String label();

    /// Fails when there is nothing at all.
    static void requireContent(MemorySegment bytes, String source) {
        if (bytes.byteSize() == 0) {
            throw new InvalidMedia(source + ": is empty");
        }
    }

    /// Something of a format that is none of those that are read.
    static InvalidMedia unknown(MemorySegment bytes, String source, String expected) {
        StringBuilder text = new StringBuilder();
        for (long i = 0; i < Math.min(bytes.byteSize(), 8); i++) {
            text.append(i == 0 ? "" : " ").append("%02x".formatted(bytes.get(ValueLayout.JAVA_BYTE, i)));
        }
        return new InvalidMedia(source + ": is not a " + expected + ", it begins with " + text);
    }

    default long size() {
        return bytes().byteSize();
    }

    /// Fails unless `count` bytes follow from `offset`.
    default void require(long offset, long count) {
        if (offset > size() - count) {
            throw cutOff();
        }
    }

    default InvalidMedia cutOff() {
        return invalid("cut off after " + size() + " bytes");
    }

    default int u8(long offset) {
        require(offset, 1);
        return Byte.toUnsignedInt(bytes().get(ValueLayout.JAVA_BYTE, offset));
    }

    default int u16be(long offset) {
        return u8(offset) << 8 | u8(offset + 1);
    }

    default int u16le(long offset) {
        return u8(offset) | u8(offset + 1) << 8;
    }

    default int u24le(long offset) {
        return u16le(offset) | u8(offset + 2) << 16;
    }

    default int u24be(long offset) {
        return u8(offset) << 16 | u16be(offset + 1);
    }

    default long u32be(long offset) {
        return (long) u16be(offset) << 16 | u16be(offset + 2);
    }

    default long u32le(long offset) {
        return u16le(offset) | (long) u16le(offset + 2) << 16;
    }

    /// Whether these ASCII characters are at `offset`; false, too, where the content ends before.
    default boolean has(String ascii, long offset) {
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

    default MemorySegment slice(long offset, long count) {
        require(offset, count);
        return bytes().asSlice(offset, count);
    }

    default InvalidMedia invalid(String what) {
        return new InvalidMedia(source() + " (" + label() + "): " + what);
    }

    default InvalidMedia invalid(String what, Throwable cause) {
        return new InvalidMedia(source() + " (" + label() + "): " + what, cause);
    }
}
