package io.vlm4j.media;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// Raw pixels in memory of the caller's.
record RgbMemory(int width, int height, MemorySegment pixels) implements ImageSource {
    RgbMemory {
        long expected = Pixels.byteSize(width, height);
        if (pixels.byteSize() != expected) {
            throw new IllegalArgumentException("raw RGB of " + width + "x" + height + " pixels takes " + expected
                    + " bytes, got " + pixels.byteSize());
        }
    }

    @Override
    public String description() {
        return "raw image of " + width + "x" + height + " pixels";
    }

    @Override
    public Optional<String> bytesSha256(ImageLimits limits) {
        return Optional.empty();
    }

    @Override
    public Pixels decode(ImageLimits limits) {
        if (pixels.isNative()) {
            return Pixels.borrowing(width, height, pixels);
        }
        return Pixels.filled(width, height, copy -> copy.copyFrom(pixels));
    }
}
