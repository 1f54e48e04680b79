package io.vlm4j.media;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/// A picture as the bytes of a file.
record EncodedPicture(EncodedSource bytes) implements ImageSource {
    static EncodedPicture of(Path file) {
        return new EncodedPicture(new EncodedFile(file, "picture"));
    }

    static EncodedPicture of(byte[] encoded) {
        return new EncodedPicture(new EncodedBytes(encoded, "image of " + encoded.length + " bytes"));
    }

    @Override
    public String description() {
        return bytes.description();
    }

    @Override
    public byte[] encoded(ImageLimits limits) {
        try (Arena arena = Arena.ofConfined()) {
            return read(limits, arena).bytes().toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Override
    public Pixels decode(ImageLimits limits) {
        try (Arena arena = Arena.ofConfined()) {
            return ImageDecoder.decode(read(limits, arena), limits);
        }
    }

    /// The file's content in native memory, after a check of its size.
    EncodedImage read(ImageLimits limits, Arena arena) {
        return EncodedImage.of(bytes, limits, arena);
    }
}
