package io.vlm4j.conversion.internal;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// ggml's Q6_K: 256 numbers in sixteen parts, each with a scale of eight bits and levels of six.
///
/// Source: `block_q6_K` of ggml-common.h; what the levels are follows `quantize_row_q6_K_ref` and `make_qx_quants` of
/// ggml-quants.c, operation for operation. Confined to one thread.
final class Q6Encoder {
    private static final int SIZE = SuperBlockEncoder.SIZE;
    private static final int PARTS = 16;
    private static final int PART = SIZE / PARTS;
    private static final int BLOCK_BYTES = 210;
    private static final int MOST = 32;
    private static final float NOTHING = 1e-15f;

    private final MemorySegment target;
    private final int[] levels = new int[SIZE];
    private final float[] scales = new float[PARTS];

    Q6Encoder(MemorySegment target) {
        this.target = target;
    }

    void encode(float[] row, long at) {
        long to = at;
        for (int from = 0; from < row.length; from += SIZE, to += BLOCK_BYTES) {
            block(row, from, to);
        }
    }

    private void block(float[] row, int from, long to) {
        float furthest = 0;
        for (int part = 0; part < PARTS; part++) {
            scales[part] = fit(row, from + part * PART, part * PART);
            if (Math.abs(scales[part]) > Math.abs(furthest)) {
                furthest = scales[part];
            }
        }
        if (Math.abs(furthest) < NOTHING) {
            target.asSlice(to, BLOCK_BYTES).fill((byte) 0);
            return;
        }
        float inverse = -128f / furthest;
        short scale = Float.floatToFloat16(1 / inverse);
        for (int part = 0; part < PARTS; part++) {
            int scaleLevel = (byte) Math.min(127, SuperBlockEncoder.nearest(inverse * scales[part]));
            target.set(ValueLayout.JAVA_BYTE, to + 192 + part, (byte) scaleLevel);
            float partScale = Float.float16ToFloat(scale) * scaleLevel;
            if (partScale != 0) {
                for (int i = part * PART; i < (part + 1) * PART; i++) {
                    levels[i] = clamp(SuperBlockEncoder.nearest(row[from + i] / partScale)) + MOST;
                }
            }
        }
        write(to);
        target.set(RowEncoder.SHORT, to + 208, scale);
    }

    /// Looks for the scale with the least error, where numbers count by their squares.
    private float fit(float[] row, int from, int base) {
        float furthest = 0;
        for (int i = from; i < from + PART; i++) {
            if (Math.abs(row[i]) > Math.abs(furthest)) {
                furthest = row[i];
            }
        }
        if (Math.abs(furthest) < NOTHING) {
            Arrays.fill(levels, base, base + PART, 0);
            return 0;
        }
        float inverse = -MOST / furthest;
        float sumLx = 0;
        float sumL2 = 0;
        for (int i = 0; i < PART; i++) {
            float x = row[from + i];
            int level = clamp(SuperBlockEncoder.nearest(inverse * x));
            levels[base + i] = level + MOST;
            float w = x * x;
            sumLx += w * x * level;
            sumL2 += w * level * level;
        }
        float scale = sumL2 == 0 ? 0 : sumLx / sumL2;
        float best = scale * sumLx;
        for (int step = -9; step <= 9; step++) {
            if (step == 0) {
                continue;
            }
            inverse = -(MOST + 0.1f * step) / furthest;
            sumLx = 0;
            sumL2 = 0;
            for (int i = 0; i < PART; i++) {
                float x = row[from + i];
                int level = clamp(SuperBlockEncoder.nearest(inverse * x));
                float w = x * x;
                sumLx += w * x * level;
                sumL2 += w * level * level;
            }
            if (sumL2 > 0 && sumLx * sumLx > best * sumL2) {
                for (int i = 0; i < PART; i++) {
                    levels[base + i] = clamp(SuperBlockEncoder.nearest(inverse * row[from + i])) + MOST;
                }
                scale = sumLx / sumL2;
                best = scale * sumLx;
            }
        }
        return scale;
    }

    private static int clamp(int level) {
        return Math.max(-MOST, Math.min(MOST - 1, level));
    }

    /// Lower four bits of all, then the upper two.
    private void write(long to) {
        for (int half = 0; half < 2; half++) {
            int first = half * 128;
            for (int i = 0; i < 32; i++) {
                int a = levels[first + i];
                int b = levels[first + i + 32];
                int c = levels[first + i + 64];
                int d = levels[first + i + 96];
                long low = to + half * 64L + i;
                target.set(ValueLayout.JAVA_BYTE, low, (byte) ((a & 15) | ((c & 15) << 4)));
                target.set(ValueLayout.JAVA_BYTE, low + 32, (byte) ((b & 15) | ((d & 15) << 4)));
                int upper = (a >> 4) | ((b >> 4) << 2) | ((c >> 4) << 4) | ((d >> 4) << 6);
                target.set(ValueLayout.JAVA_BYTE, to + 128 + half * 32L + i, (byte) upper);
            }
        }
    }
}
