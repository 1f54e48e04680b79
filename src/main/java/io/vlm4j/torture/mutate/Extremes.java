package io.vlm4j.torture.mutate;

import java.util.random.RandomGenerator;

/// Numbers that arithmetic goes wrong with.
final class Extremes {
    private static final long[] INTEGERS = {
        0,
        1,
        2,
        3,
        5,
        7,
        13,
        31,
        33,
        64,
        127,
        128,
        255,
        256,
        1000,
        4095,
        4097,
        32767,
        32768,
        65535,
        65536,
        1 << 20,
        (1 << 24) + 1,
        Integer.MAX_VALUE - 1L,
        Integer.MAX_VALUE,
        1L << 31,
        0xFFFF_FFFEL,
        0xFFFF_FFFFL,
        1L << 32,
        1L << 40,
        (1L << 61) - 1,
        1L << 61,
        1L << 62,
        Long.MAX_VALUE - 31,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
        -2,
        -31,
        -32,
        -128,
        -32768,
        Integer.MIN_VALUE
    };

    private static final float[] FLOATS = {
        0,
        -0f,
        1,
        -1,
        1e-5f,
        1e-30f,
        1e30f,
        -1e30f,
        Float.MIN_VALUE,
        Float.MAX_VALUE,
        Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        10_000,
        0.5f
    };

    private Extremes() {}

    static long integer(RandomGenerator random) {
        return INTEGERS[random.nextInt(INTEGERS.length)];
    }

    static float number(RandomGenerator random) {
        return FLOATS[random.nextInt(FLOATS.length)];
    }
}
