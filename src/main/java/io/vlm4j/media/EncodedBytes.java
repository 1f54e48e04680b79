package io.vlm4j.media;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/// An encoded picture in an array, which is borrowed.
final class EncodedBytes implements ImageSource {
    private final byte[] bytes;
    private final String description;

    EncodedBytes(byte[] bytes) {
        this(bytes, "image of " + bytes.length + " bytes");
    }

    EncodedBytes(byte[] bytes, String description) {
        this.bytes = bytes;
        this.description = description;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public byte[] encoded(ImageLimits limits) {
        try (Arena arena = Arena.ofConfined()) {
            return image(limits, arena).bytes().toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Override
    public Pixels decode(ImageLimits limits) {
        try (Arena arena = Arena.ofConfined()) {
            return ImageDecoder.decode(image(limits, arena), limits);
        }
    }

    /// A copy in native memory, after a check of its size.
    EncodedImage image(ImageLimits limits, Arena arena) {
        limits.checkBytes(bytes.length, description);
        return EncodedImage.of(arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes), description);
    }
}
