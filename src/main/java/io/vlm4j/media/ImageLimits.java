package io.vlm4j.media;

/// What an encoded picture may cost; checked before anything is decoded.
///
/// Decoding takes up to about 16 bytes of native memory per pixel while it lasts (progressive JPEG, 16-bit PNG),
/// and leaves 3.
///
/// @param maxBytes  the largest encoded picture, in bytes; 1 to 2,147,483,647, by default 64 MiB
/// @param maxPixels the largest width times height; 1 to 700,000,000, by default 100 million
public record ImageLimits(long maxBytes, long maxPixels) {
    private static final long DEFAULT_BYTES = 64L << 20;
    private static final long DEFAULT_PIXELS = 100_000_000;
    private static final long MOST_BYTES = Integer.MAX_VALUE; // the decoder's sizes are C ints
    private static final long MOST_PIXELS = 700_000_000; // and so are those of its pixels, 3 bytes each

    private static final ImageLimits DEFAULTS = new ImageLimits(DEFAULT_BYTES, DEFAULT_PIXELS);

    /// @throws IllegalArgumentException for a limit out of its range
    public ImageLimits {
        if (maxBytes < 1 || maxBytes > MOST_BYTES) {
            throw new IllegalArgumentException("maxBytes must be in 1.." + MOST_BYTES + ": " + maxBytes);
        }
        if (maxPixels < 1 || maxPixels > MOST_PIXELS) {
            throw new IllegalArgumentException("maxPixels must be in 1.." + MOST_PIXELS + ": " + maxPixels);
        }
    }

    /// 64 MiB, 100 million pixels.
    public static ImageLimits defaults() {
        return DEFAULTS;
    }

    /// These limits with another `maxBytes`.
    public ImageLimits withMaxBytes(long bytes) {
        return new ImageLimits(bytes, maxPixels);
    }

    /// These limits with another `maxPixels`.
    public ImageLimits withMaxPixels(long pixels) {
        return new ImageLimits(maxBytes, pixels);
    }
}
