package io.vlm4j.media;

import io.vlm4j.Vlm4jException.InvalidMedia;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The bytes of a file in an array, which is borrowed.
final class EncodedBytes implements EncodedSource {
    private static final RecentHashes RECENT = new RecentHashes();

    private final byte[] bytes;
    private final String description;

    EncodedBytes(byte[] bytes, String description) {
        this.bytes = bytes;
        this.description = description;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public MemorySegment read(long maxBytes, Arena arena) {
        EncodedSource.check(bytes.length, maxBytes, description);
        return arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
    }

    /// A hash of them, as 64 hexadecimal digits.
    ///
    /// @throws InvalidMedia when they are more than `maxBytes`
    String sha256(long maxBytes) {
        EncodedSource.check(bytes.length, maxBytes, description);
        return RECENT.of(bytes);
    }
}
