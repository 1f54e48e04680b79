package io.vlm4j.media;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The bytes of an encoded picture of a known format.
record EncodedImage(MemorySegment bytes, String source, ImageFormat format) implements EncodedMedia {
    /// Brings a picture into native memory.
    static EncodedImage of(EncodedSource source, ImageLimits limits, Arena arena) {
        MemorySegment bytes = source.read(limits.maxBytes(), arena);
        EncodedMedia.requireContent(bytes, source.description());
        ImageFormat format = ImageFormat.of(bytes)
                .orElseThrow(
                        () -> EncodedMedia.unknown(bytes, source.description(), "PNG, JPEG, GIF, BMP or WebP picture"));
        return new EncodedImage(bytes, source.description(), format);
    }

    @Override
    public String label() {
        return format.label();
    }
}
