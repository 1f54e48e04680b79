package io.vlm4j.media;

/// What an encoded sound may cost; checked before it is decoded as far as its headers tell, else while it is.
///
/// Decoding takes up to 12 bytes of native memory for each sample at the rate asked for while it lasts, and leaves
/// 4: ten minutes at 16,000 samples a second leave 38 MB.
///
/// @param maxBytes   the largest encoded sound, in bytes; 1 to 2,147,483,647, by default 64 MiB
/// @param maxSeconds the longest sound; 1 to 36,000 (ten hours), by default 600
public record AudioLimits(long maxBytes, int maxSeconds) {
    private static final long DEFAULT_BYTES = 64L << 20;
    private static final int DEFAULT_SECONDS = 600;
    private static final long MOST_BYTES = Integer.MAX_VALUE;
    private static final int MOST_SECONDS = 36_000; // llama.cpp counts samples in C ints

    private static final AudioLimits DEFAULTS = new AudioLimits(DEFAULT_BYTES, DEFAULT_SECONDS);

    /// @throws IllegalArgumentException for a limit out of its range
    public AudioLimits {
        if (maxBytes < 1 || maxBytes > MOST_BYTES) {
            throw new IllegalArgumentException("maxBytes must be in 1.." + MOST_BYTES + ": " + maxBytes);
        }
        if (maxSeconds < 1 || maxSeconds > MOST_SECONDS) {
            throw new IllegalArgumentException("maxSeconds must be in 1.." + MOST_SECONDS + ": " + maxSeconds);
        }
    }

    /// 64 MiB, ten minutes.
    public static AudioLimits defaults() {
        return DEFAULTS;
    }

    /// These limits with another `maxBytes`.
    public AudioLimits withMaxBytes(long bytes) {
        return new AudioLimits(bytes, maxSeconds);
    }

    /// These limits with another `maxSeconds`.
    public AudioLimits withMaxSeconds(int seconds) {
        return new AudioLimits(maxBytes, seconds);
    }

    /// The most samples of a sound that has so many a second.
    long maxSamples(int sampleRate) {
        return (long) maxSeconds * sampleRate;
    }
}
