package io.vlm4j.media;

import java.util.Optional;

/// Where the pixels of an [ImageInput] come from.
sealed interface ImageSource permits EncodedPicture, RgbMemory, PaintedImage {
    /// What this is, for messages.
    String description();

    /// Reads, checks and decodes.
    Pixels decode(ImageLimits limits);

    /// See [ImageInput#bytesSha256].
    Optional<String> bytesSha256(ImageLimits limits);

    /// The picture as a file's bytes.
    default byte[] encoded(ImageLimits limits) {
        try (Pixels pixels = decode(limits)) {
            return PngWriter.write(pixels);
        }
    }
}
