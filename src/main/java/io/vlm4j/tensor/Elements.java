package io.vlm4j.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.StringJoiner;

/// Reads elements of every [DType] from memory. Layouts are unaligned, because data sections of safetensors files
/// may start at any byte, and little-endian, because files are.
final class Elements {
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int PREVIEW = 6;

    private Elements() {}

    static float floatAt(DType dtype, MemorySegment memory, long position) {
        return switch (dtype) {
            case F32 -> memory.get(FLOAT, position * 4);
            case F16 -> Float.float16ToFloat(memory.get(SHORT, position * 2));
            case BF16 -> Float.intBitsToFloat(memory.get(SHORT, position * 2) << 16);
            case F64 -> (float) memory.get(DOUBLE, position * 8);
            case I8, U8, I16, I32, I64, BOOL -> throw new IllegalStateException(dtype + " elements are no floats");
        };
    }

    static long longAt(DType dtype, MemorySegment memory, long position) {
        return switch (dtype) {
            case I8 -> memory.get(ValueLayout.JAVA_BYTE, position);
            case U8 -> memory.get(ValueLayout.JAVA_BYTE, position) & 0xFF;
            case I16 -> memory.get(SHORT, position * 2);
            case I32 -> memory.get(INT, position * 4);
            case I64 -> memory.get(LONG, position * 8);
            case BOOL -> memory.get(ValueLayout.JAVA_BYTE, position) == 0 ? 0 : 1;
            case F32, F16, BF16, F64 -> throw new IllegalStateException(dtype + " elements are no integers");
        };
    }

    static float[] floats(DType dtype, MemorySegment memory, int count) {
        float[] floats = new float[count];
        if (dtype == DType.F32) {
            MemorySegment.copy(memory, FLOAT, 0, floats, 0, count);
        } else {
            for (int i = 0; i < count; i++) {
                floats[i] = floatAt(dtype, memory, i);
            }
        }
        return floats;
    }

    static int[] ints(DType dtype, MemorySegment memory, int count) {
        int[] ints = new int[count];
        if (dtype == DType.I32) {
            MemorySegment.copy(memory, INT, 0, ints, 0, count);
        } else {
            for (int i = 0; i < count; i++) {
                ints[i] = (int) longAt(dtype, memory, i);
            }
        }
        return ints;
    }

    static long[] longs(DType dtype, MemorySegment memory, int count) {
        long[] longs = new long[count];
        if (dtype == DType.I64) {
            MemorySegment.copy(memory, LONG, 0, longs, 0, count);
        } else {
            for (int i = 0; i < count; i++) {
                longs[i] = longAt(dtype, memory, i);
            }
        }
        return longs;
    }

    /// The first elements as text.
    static String preview(DType dtype, MemorySegment memory, long count) {
        StringJoiner text = new StringJoiner(", ");
        for (long i = 0; i < Math.min(count, PREVIEW); i++) {
            text.add(
                    dtype.isFloat()
                            ? Float.toString(floatAt(dtype, memory, i))
                            : Long.toString(longAt(dtype, memory, i)));
        }
        return count > PREVIEW ? text.add("...").toString() : text.toString();
    }
}
