package io.vlm4j.media;

/// The screen of a GIF; it carries no orientation.
final class GifFile {
    private GifFile() {}

    static ImageHeader.Stored read(EncodedImage image) {
        return new ImageHeader.Stored(image.u16le(6), image.u16le(8), Exif.UPRIGHT);
    }
}
