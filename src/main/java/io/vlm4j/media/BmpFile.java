package io.vlm4j.media;

/// The header of a Windows bitmap; it carries no orientation.
final class BmpFile {
    private static final int SHORT_HEADER = 12; // OS/2, with 16-bit sides

    private BmpFile() {}

    static ImageHeader.Stored read(EncodedImage image) {
        if (image.u32le(14) == SHORT_HEADER) {
            return new ImageHeader.Stored(image.u16le(18), image.u16le(20), Exif.UPRIGHT);
        }
        long width = (int) image.u32le(18);
        long height = (int) image.u32le(22); // negative: rows from the top
        return new ImageHeader.Stored(width, Math.abs(height), Exif.UPRIGHT);
    }
}
