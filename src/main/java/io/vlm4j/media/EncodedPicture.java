package io.vlm4j.media;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;

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
    public Optional<String> bytesSha256(ImageLimits limits) {
        return bytes instanceof EncodedBytes held ? Optional.of(held.sha256(limits.maxBytes())) : Optional.empty();
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
