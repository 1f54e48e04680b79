package io.vlm4j.dataset.internal;

import java.util.Random;

/// Randomness that is the same everywhere. Seeds are mixed first: `Random`'s first draws of neighbouring seeds are
/// nearly the same.
final class Seeds {
    private Seeds() {}

    static Random random(long seed) {
        return new Random(mixed(seed));
    }

    /// The finalizer of SplitMix64: every bit of the result depends on every bit of the value.
    static long mixed(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
