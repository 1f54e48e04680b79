package io.vlm4j.media;

import java.util.Optional;
import java.util.function.Consumer;

/// A picture that something else holds and hands over row by row when it is decoded.
record PaintedImage(String description, int width, int height, Consumer<UprightRows> painter) implements ImageSource {
    PaintedImage {
        Pixels.byteSize(width, height);
    }

    @Override
    public Optional<String> bytesSha256(ImageLimits limits) {
        return Optional.empty();
    }

    @Override
    public Pixels decode(ImageLimits limits) {
        return paint(width, height, 1, painter);
    }

    /// Pixels from rows of `width` x `height`, turned upright.
    static Pixels paint(int width, int height, int orientation, Consumer<UprightRows> painter) {
        boolean turned = ImageHeader.isTurned(orientation);
        return Pixels.filled(
                turned ? height : width,
                turned ? width : height,
                pixels -> painter.accept(new UprightRows(pixels, width, height, orientation)));
    }
}
