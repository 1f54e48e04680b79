package io.vlm4j.conversion.internal;

import io.vlm4j.gguf.GgmlType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Writes rows of numbers in an element type of ggml. What it writes equals, bit for bit, what ggml's reference
/// functions write when the compiler does not fuse multiplications and additions, as on x86-64. Thread-safe.
interface RowEncoder {
    ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// @param row    finite numbers, whole blocks of them
    /// @param target takes the row's bytes
    /// @param at     where in the target
    void encode(float[] row, MemorySegment target, long at);

    /// @throws IllegalArgumentException for types that are not written
    static RowEncoder of(GgmlType type) {
        return switch (type) {
            case F32 -> (row, target, at) -> MemorySegment.copy(row, 0, target, FLOAT, at, row.length);
            case F16 ->
                (row, target, at) -> {
                    for (int i = 0; i < row.length; i++) {
                        target.set(SHORT, at + 2L * i, Float.floatToFloat16(row[i]));
                    }
                };
            case BF16 ->
                (row, target, at) -> {
                    for (int i = 0; i < row.length; i++) {
                        target.set(SHORT, at + 2L * i, bfloat16(row[i]));
                    }
                };
            case Q8_0 -> BlockEncoder::q80;
            case Q4_0 -> BlockEncoder::q40;
            case Q4_1 -> BlockEncoder::q41;
            case Q5_0 -> BlockEncoder::q50;
            case Q5_1 -> BlockEncoder::q51;
            case Q4_K -> (row, target, at) -> new SuperBlockEncoder(target, false).encode(row, at);
            case Q5_K -> (row, target, at) -> new SuperBlockEncoder(target, true).encode(row, at);
            case Q6_K -> (row, target, at) -> new Q6Encoder(target).encode(row, at);
            default -> throw new IllegalArgumentException("no way to write " + type);
        };
    }

    /// The nearest, the even one of two.
    private static short bfloat16(float number) {
        int bits = Float.floatToRawIntBits(number);
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }
}
