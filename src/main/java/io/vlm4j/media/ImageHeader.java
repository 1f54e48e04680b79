package io.vlm4j.media;

import io.vlm4j.Vlm4jException.InvalidMedia;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/// What an encoded picture says of itself before it is decoded: format, size as stored, and how to turn it upright.
///
/// Read in Java, without native code, within the picture's bytes; sizes are checked against [ImageLimits].
///
/// @param format      the encoding
/// @param width       pixels per stored row, at least 1
/// @param height      stored rows, at least 1
/// @param orientation EXIF orientation, 1 (upright as stored) to 8; 5 to 8 exchange width and height
public record ImageHeader(ImageFormat format, int width, int height, int orientation) {
    /// What the format's parser found; not checked yet.
    record Stored(long width, long height, int orientation) {}

    /// @throws IllegalArgumentException unless both sides are positive and the orientation is in 1..8
    public ImageHeader {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("a picture of " + width + "x" + height + " pixels");
        }
        if (orientation < 1 || orientation > 8) {
            throw new IllegalArgumentException("orientation must be in 1..8: " + orientation);
        }
    }

    /// Reads the header of a picture in a file, within the default limits.
    ///
    /// @throws InvalidMedia as [ImageInput#decode()], as far as headers tell
    public static ImageHeader read(Path file) {
        return read(file, ImageLimits.defaults());
    }

    /// Reads the header of a picture in a file.
    ///
    /// @throws InvalidMedia as [ImageInput#decode()], as far as headers tell
    public static ImageHeader read(Path file, ImageLimits limits) {
        try (Arena arena = Arena.ofConfined()) {
            return read(EncodedPicture.of(file).read(limits, arena), limits);
        }
    }

    /// Reads the header of a picture in an array, within the default limits.
    ///
    /// @throws InvalidMedia as [ImageInput#decode()], as far as headers tell
    public static ImageHeader read(byte[] encoded) {
        return read(encoded, ImageLimits.defaults());
    }

    /// Reads the header of a picture in an array.
    ///
    /// @throws InvalidMedia as [ImageInput#decode()], as far as headers tell
    public static ImageHeader read(byte[] encoded, ImageLimits limits) {
        try (Arena arena = Arena.ofConfined()) {
            return read(EncodedPicture.of(encoded).read(limits, arena), limits);
        }
    }

    static ImageHeader read(EncodedImage image, ImageLimits limits) {
        Stored stored = switch (image.format()) {
            case PNG -> PngFile.read(image);
            case JPEG -> JpegFile.read(image);
            case GIF -> GifFile.read(image);
            case BMP -> BmpFile.read(image);
            case WEBP -> WebpFile.read(image);
        };
        long width = stored.width();
        long height = stored.height();
        if (width < 1 || height < 1) {
            throw image.invalid("a picture of " + width + "x" + height + " pixels");
        }
        if (width > limits.maxPixels() / height) {
            throw image.invalid(
                    "a picture of " + width + "x" + height + " pixels is over the limit of " + limits.maxPixels());
        }
        return new ImageHeader(image.format(), (int) width, (int) height, stored.orientation());
    }

    /// The width of the upright picture, in pixels.
    public int uprightWidth() {
        return isTurned(orientation) ? height : width;
    }

    /// The height of the upright picture, in pixels.
    public int uprightHeight() {
        return isTurned(orientation) ? width : height;
    }

    static boolean isTurned(int orientation) {
        return orientation >= 5;
    }
}
