package io.vlm4j.media;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.natives.shim.Images;
import io.vlm4j.runtime.NativeRuntime;
import java.util.ServiceConfigurationError;

/// From an encoded picture in native memory to pixels: checks first, then the decoder of its format.
final class ImageDecoder {
    private ImageDecoder() {}

    static Pixels decode(EncodedImage image, ImageLimits limits) {
        ImageHeader header = ImageHeader.read(image, limits);
        return switch (image.format()) {
            case WEBP -> webp(image, header);
            case PNG -> {
                PngFile.verify(image);
                yield natively(image, header, limits);
            }
            case JPEG, GIF, BMP -> natively(image, header, limits);
        };
    }

    private static Pixels natively(EncodedImage image, ImageHeader header, ImageLimits limits) {
        NativeRuntime.load(); // a picture may be decoded before any model is opened
        try {
            Images.Decoded decoded = Images.decode(image.bytes(), limits.maxPixels(), header.orientation());
            return Pixels.owning(decoded.width(), decoded.height(), decoded.pixels(), decoded.arena());
        } catch (InvalidMedia e) {
            throw image.invalid(String.valueOf(e.getMessage()), e);
        }
    }

    private static Pixels webp(EncodedImage image, ImageHeader header) {
        try {
            return WebpDecoder.decode(image, header);
        } catch (NoClassDefFoundError | ServiceConfigurationError e) {
            throw image.invalid(
                    "decoding it needs the module java.desktop and a WebP plug-in with all its dependencies (" + e
                            + ")",
                    e);
        }
    }
}
