package io.vlm4j.conversion.internal;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// ggml's quantized types with blocks of 32 numbers.
///
/// Source: the block structures of ggml-common.h and what `quantize_row_q*_ref` of ggml-quants.c compute.
final class BlockEncoder {
    private static final int BLOCK = 32;
    private static final int HALF = BLOCK / 2;

    private BlockEncoder() {}

    /// A scale, then a signed byte for each number.
    static void q80(float[] row, MemorySegment target, long at) {
        long to = at;
        for (int from = 0; from < row.length; from += BLOCK, to += 34) {
            float scale = Math.abs(extreme(row, from)) / 127;
            float inverse = inverse(scale);
            half(target, to, scale);
            for (int i = 0; i < BLOCK; i++) {
                target.set(ValueLayout.JAVA_BYTE, to + 2 + i, (byte) rounded(row[from + i] * inverse));
            }
        }
    }

    /// A scale, then half a byte for each number.
    static void q40(float[] row, MemorySegment target, long at) {
        long to = at;
        for (int from = 0; from < row.length; from += BLOCK, to += 18) {
            float scale = extreme(row, from) / -8;
            float inverse = inverse(scale);
            half(target, to, scale);
            nibbles(row, from, 0, inverse, 8.5f, 15, target, to + 2);
        }
    }

    /// A scale and a minimum, then half a byte for each number.
    static void q41(float[] row, MemorySegment target, long at) {
        long to = at;
        for (int from = 0; from < row.length; from += BLOCK, to += 20) {
            float least = least(row, from);
            float scale = (greatest(row, from) - least) / 15;
            float inverse = inverse(scale);
            half(target, to, scale);
            half(target, to + 2, least);
            nibbles(row, from, least, inverse, 0.5f, 15, target, to + 4);
        }
    }

    /// A scale, the fifth bits of all, then half a byte for each number.
    static void q50(float[] row, MemorySegment target, long at) {
        long to = at;
        for (int from = 0; from < row.length; from += BLOCK, to += 22) {
            float scale = extreme(row, from) / -16;
            float inverse = inverse(scale);
            half(target, to, scale);
            target.set(RowEncoder.INT, to + 2, nibbles(row, from, 0, inverse, 16.5f, 31, target, to + 6));
        }
    }

    /// A scale and a minimum, the fifth bits of all, then half a byte for each number.
    static void q51(float[] row, MemorySegment target, long at) {
        long to = at;
        for (int from = 0; from < row.length; from += BLOCK, to += 24) {
            float least = least(row, from);
            float scale = (greatest(row, from) - least) / 31;
            float inverse = inverse(scale);
            half(target, to, scale);
            half(target, to + 2, least);
            target.set(RowEncoder.INT, to + 4, nibbles(row, from, least, inverse, 0.5f, 31, target, to + 8));
        }
    }

    /// The lower four bits of each level, the second half of the block in the upper half of the bytes.
    ///
    /// @return the fifth bits
    private static int nibbles(
            float[] row, int from, float least, float inverse, float bias, int most, MemorySegment target, long to) {
        int fifth = 0;
        for (int i = 0; i < HALF; i++) {
            int low = Math.min(most, (int) ((row[from + i] - least) * inverse + bias));
            int high = Math.min(most, (int) ((row[from + HALF + i] - least) * inverse + bias));
            target.set(ValueLayout.JAVA_BYTE, to + i, (byte) ((low & 15) | ((high & 15) << 4)));
            fifth |= ((low >> 4) << i) | ((high >> 4) << (i + HALF));
        }
        return fifth;
    }

    static void half(MemorySegment target, long to, float number) {
        target.set(RowEncoder.SHORT, to, Float.floatToFloat16(number));
    }

    private static float inverse(float scale) {
        return scale == 0 ? 0 : 1 / scale;
    }

    /// The number furthest from zero, the first of several.
    private static float extreme(float[] row, int from) {
        float furthest = 0;
        for (int i = from; i < from + BLOCK; i++) {
            if (Math.abs(furthest) < Math.abs(row[i])) {
                furthest = row[i];
            }
        }
        return furthest;
    }

    private static float least(float[] row, int from) {
        float least = Float.MAX_VALUE;
        for (int i = from; i < from + BLOCK; i++) {
            least = row[i] < least ? row[i] : least;
        }
        return least;
    }

    private static float greatest(float[] row, int from) {
        float greatest = -Float.MAX_VALUE;
        for (int i = from; i < from + BLOCK; i++) {
            greatest = row[i] > greatest ? row[i] : greatest;
        }
        return greatest;
    }

    /// C's `roundf`: halves go away from zero.
    private static int rounded(float number) {
        int whole = (int) number;
        float rest = number - whole;
        return rest >= 0.5f ? whole + 1 : rest <= -0.5f ? whole - 1 : whole;
    }
}
