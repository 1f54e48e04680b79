package io.vlm4j.media;

import io.vlm4j.Vlm4jException.InvalidMedia;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Where the bytes of an encoded picture or sound come from.
sealed interface EncodedSource permits EncodedFile, EncodedBytes {
    /// What this is, for messages.
    String description();

    /// The bytes in native memory.
    ///
    /// @throws InvalidMedia when they cannot be read, or are more than `maxBytes`, which is checked first
    MemorySegment read(long maxBytes, Arena arena);

    /// Reads a stream to its end, or fails once it is over the limit.
    static EncodedBytes readAll(InputStream stream, String description, long maxBytes) throws IOException {
        byte[] bytes = stream.readNBytes((int) Math.min(maxBytes + 1, Integer.MAX_VALUE));
        if (bytes.length > maxBytes) {
            throw new InvalidMedia(description + ": more than the limit of " + maxBytes + " bytes");
        }
        return new EncodedBytes(bytes, description);
    }

    /// Returns `bytes` if that is within the limit.
    static long check(long bytes, long maxBytes, String description) {
        if (bytes > maxBytes) {
            throw new InvalidMedia(description + ": " + bytes + " bytes are over the limit of " + maxBytes);
        }
        return bytes;
    }
}
