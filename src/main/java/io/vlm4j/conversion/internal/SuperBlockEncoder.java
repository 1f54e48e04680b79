package io.vlm4j.conversion.internal;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// ggml's Q4_K and Q5_K: 256 numbers in eight parts, each with a scale and a minimum of six bits.
///
/// Source: `block_q4_K` and `block_q5_K` of ggml-common.h; what the levels are follows `quantize_row_q4_K_ref`,
/// `quantize_row_q5_K_ref` and `make_qkx2_quants` of ggml-quants.c, operation for operation. Confined to one thread.
final class SuperBlockEncoder {
    static final int SIZE = 256;
    private static final int PARTS = 8;
    private static final int PART = SIZE / PARTS;
    private static final int MOST_SCALE = 63;

    /// The fourth and the fifth bit's rows of levels begin behind two halves and twelve bytes of scales.
    private static final int HEAD = 16;

    private final MemorySegment target;
    private final boolean fiveBits;
    private final int most;
    private final int blockBytes;
    private final int[] levels = new int[SIZE];
    private final float[] weights = new float[PART];
    private final float[] scales = new float[PARTS];
    private final float[] minima = new float[PARTS];
    private final int[] scaleLevels = new int[PARTS];
    private final int[] minimumLevels = new int[PARTS];
    private final int[] tried = new int[PART];

    SuperBlockEncoder(MemorySegment target, boolean fiveBits) {
        this.target = target;
        this.fiveBits = fiveBits;
        this.most = fiveBits ? 31 : 15;
        this.blockBytes = fiveBits ? 176 : 144;
    }

    void encode(float[] row, long at) {
        long to = at;
        for (int from = 0; from < row.length; from += SIZE, to += blockBytes) {
            block(row, from, to);
        }
    }

    private void block(float[] row, int from, long to) {
        float greatestScale = 0;
        float greatestMinimum = 0;
        for (int part = 0; part < PARTS; part++) {
            weigh(row, from + part * PART);
            fit(row, from + part * PART, part);
            greatestScale = Math.max(greatestScale, scales[part]);
            greatestMinimum = Math.max(greatestMinimum, minima[part]);
        }
        float inverseScale = greatestScale > 0 ? MOST_SCALE / greatestScale : 0;
        float inverseMinimum = greatestMinimum > 0 ? MOST_SCALE / greatestMinimum : 0;
        for (int part = 0; part < PARTS; part++) {
            scaleLevels[part] = Math.min(MOST_SCALE, nearest(inverseScale * scales[part]) & 0xff);
            minimumLevels[part] = Math.min(MOST_SCALE, nearest(inverseMinimum * minima[part]) & 0xff);
        }
        short scale = Float.floatToFloat16(greatestScale / MOST_SCALE);
        short minimum = Float.floatToFloat16(greatestMinimum / MOST_SCALE);
        for (int part = 0; part < PARTS; part++) {
            level(row, from, part, Float.float16ToFloat(scale), Float.float16ToFloat(minimum));
        }
        target.set(RowEncoder.SHORT, to, scale);
        target.set(RowEncoder.SHORT, to + 2, minimum);
        writeScales(to + 4);
        if (fiveBits) {
            writeFifthBits(to + HEAD);
        }
        writeLevels(to + HEAD + (fiveBits ? PART : 0));
    }

    /// Numbers far from zero count for more.
    private void weigh(float[] row, int from) {
        float squares = 0;
        for (int i = 0; i < PART; i++) {
            squares += row[from + i] * row[from + i];
        }
        float average = (float) Math.sqrt(squares / PART);
        for (int i = 0; i < PART; i++) {
            weights[i] = average + Math.abs(row[from + i]);
        }
    }

    /// Looks for the scale and minimum with the least weighted error, around those that span the part.
    private void fit(float[] row, int from, int part) {
        float least = row[from];
        float greatest = row[from];
        float sumW = weights[0];
        float sumX = sumW * row[from];
        for (int i = 1; i < PART; i++) {
            float x = row[from + i];
            least = x < least ? x : least;
            greatest = x > greatest ? x : greatest;
            sumW += weights[i];
            sumX += weights[i] * x;
        }
        if (least > 0) {
            least = 0;
        }
        int base = part * PART;
        if (greatest == least) {
            Arrays.fill(levels, base, base + PART, 0);
            keep(part, 0, least);
            return;
        }
        float span = greatest - least;
        float inverse = most / span;
        float scale = 1 / inverse;
        float minimum = least;
        for (int i = 0; i < PART; i++) {
            levels[base + i] = clamp(nearest(inverse * (row[from + i] - least)));
        }
        float bestError = error(row, from, levels, base, scale, minimum);
        float first = fiveBits ? -0.5f : -1f;
        int steps = fiveBits ? 15 : 20;
        for (int step = 0; step <= steps; step++) {
            inverse = (first + 0.1f * step + most) / (greatest - minimum);
            float sumL = 0;
            float sumL2 = 0;
            float sumXl = 0;
            for (int i = 0; i < PART; i++) {
                int level = clamp(nearest(inverse * (row[from + i] - minimum)));
                tried[i] = level;
                float w = weights[i];
                sumL += w * level;
                sumL2 += w * level * level;
                sumXl += w * level * row[from + i];
            }
            float determinant = sumW * sumL2 - sumL * sumL;
            if (determinant > 0) {
                float thisScale = (sumW * sumXl - sumX * sumL) / determinant;
                float thisMinimum = (sumL2 * sumX - sumL * sumXl) / determinant;
                if (thisMinimum > 0) {
                    thisMinimum = 0;
                    thisScale = sumXl / sumL2;
                }
                float thisError = error(row, from, tried, 0, thisScale, thisMinimum);
                if (thisError < bestError) {
                    System.arraycopy(tried, 0, levels, base, PART);
                    bestError = thisError;
                    scale = thisScale;
                    minimum = thisMinimum;
                }
            }
        }
        keep(part, scale, minimum);
    }

    private float error(float[] row, int from, int[] of, int base, float scale, float minimum) {
        float error = 0;
        for (int i = 0; i < PART; i++) {
            float difference = scale * of[base + i] + minimum - row[from + i];
            error += weights[i] * (difference * difference);
        }
        return error;
    }

    private void keep(int part, float scale, float minimum) {
        scales[part] = scale;
        minima[part] = -minimum;
    }

    /// The levels once more, for the scale and minimum as they are stored.
    private void level(float[] row, int from, int part, float scale, float minimum) {
        float partScale = scale * scaleLevels[part];
        if (partScale == 0) {
            return;
        }
        float partMinimum = minimum * minimumLevels[part];
        for (int i = part * PART; i < (part + 1) * PART; i++) {
            levels[i] = clamp(nearest((row[from + i] + partMinimum) / partScale));
        }
    }

    private int clamp(int level) {
        return Math.max(0, Math.min(most, level));
    }

    /// Sixteen numbers of six bits in twelve bytes.
    private void writeScales(long to) {
        for (int part = 0; part < PARTS / 2; part++) {
            int scale = scaleLevels[part] | ((scaleLevels[part + 4] >> 4) << 6);
            int minimum = minimumLevels[part] | ((minimumLevels[part + 4] >> 4) << 6);
            int low = (scaleLevels[part + 4] & 15) | ((minimumLevels[part + 4] & 15) << 4);
            target.set(ValueLayout.JAVA_BYTE, to + part, (byte) scale);
            target.set(ValueLayout.JAVA_BYTE, to + 4 + part, (byte) minimum);
            target.set(ValueLayout.JAVA_BYTE, to + 8 + part, (byte) low);
        }
    }

    private void writeFifthBits(long to) {
        for (int i = 0; i < PART; i++) {
            int bits = 0;
            for (int part = 0; part < PARTS; part++) {
                bits |= (levels[part * PART + i] >> 4) << part;
            }
            target.set(ValueLayout.JAVA_BYTE, to + i, (byte) bits);
        }
    }

    private void writeLevels(long to) {
        for (int pair = 0; pair < PARTS / 2; pair++) {
            for (int i = 0; i < PART; i++) {
                int low = levels[2 * pair * PART + i] & 15;
                int high = levels[(2 * pair + 1) * PART + i] & 15;
                target.set(ValueLayout.JAVA_BYTE, to + (long) pair * PART + i, (byte) (low | (high << 4)));
            }
        }
    }

    /// The nearest integer, the even one of two, as ggml finds it: by adding 1.5 times 2^23.
    static int nearest(float number) {
        return (Float.floatToRawIntBits(number + 12582912f) & 0x007fffff) - 0x00400000;
    }
}
