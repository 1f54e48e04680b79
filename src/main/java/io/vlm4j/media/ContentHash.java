package io.vlm4j.media;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// SHA-256 of two numbers (4 bytes each, big-endian) and memory behind them, as 64 hexadecimal digits.
final class ContentHash {
    private static final int AT_ONCE = 1 << 30; // a ByteBuffer holds no more than 2 GiB

    private ContentHash() {}

    static String of(int first, int second, MemorySegment memory) {
        MessageDigest digest = digest();
        digest.update(ByteBuffer.allocate(2 * Integer.BYTES)
                .putInt(first)
                .putInt(second)
                .flip());
        return of(digest, memory);
    }

    /// Of the memory alone.
    static String of(MemorySegment memory) {
        return of(digest(), memory);
    }

    private static String of(MessageDigest digest, MemorySegment memory) {
        for (long at = 0; at < memory.byteSize(); at += AT_ONCE) {
            long count = Math.min(AT_ONCE, memory.byteSize() - at);
            digest.update(memory.asSlice(at, count).asByteBuffer());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java runtime has SHA-256", e);
        }
    }
}
