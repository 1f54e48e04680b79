package io.vlm4j.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Reads metadata values. Arrays are checked to their end but stay where they are; texts are copied to the heap, of
/// which a budget keeps hostile files from taking all.
final class ValueReader {
    /// As in ggml; no real array comes near it.
    private static final int MOST_ELEMENTS = 1 << 30;

    /// Arrays nest by recursion, so the stack must bound them.
    private static final int MOST_NESTING = 8;

    private final Cursor cursor;
    private long budget;

    /// @param budget the bytes of text that may be copied to the heap
    ValueReader(Cursor cursor, long budget) {
        this.cursor = cursor;
        this.budget = budget;
    }

    GgufValue read(GgufType type) {
        return switch (type) {
            case U8 -> new GgufValue.Int(type, cursor.i8("its value") & 0xFF);
            case I8 -> new GgufValue.Int(type, cursor.i8("its value"));
            case U16 -> new GgufValue.Int(type, cursor.i16("its value") & 0xFFFF);
            case I16 -> new GgufValue.Int(type, cursor.i16("its value"));
            case U32 -> new GgufValue.Int(type, cursor.i32("its value") & 0xFFFF_FFFFL);
            case I32 -> new GgufValue.Int(type, cursor.i32("its value"));
            case U64, I64 -> new GgufValue.Int(type, cursor.i64("its value"));
            case F32 -> new GgufValue.Float32(Float.intBitsToFloat(cursor.i32("its value")));
            case F64 -> new GgufValue.Float64(Double.longBitsToDouble(cursor.i64("its value")));
            case BOOL -> new GgufValue.Bool(truth(cursor.i8("its value")));
            case STRING -> new GgufText(text(Integer.MAX_VALUE - 8, "its text"));
            case ARRAY -> array(1);
        };
    }

    /// A type number.
    GgufType type() {
        int id = cursor.i32("its type");
        return GgufType.ofId(id)
                .orElseThrow(() -> cursor.failure("has the unknown value type " + Integer.toUnsignedString(id)));
    }

    /// The bytes of a string, charged to the budget.
    byte[] text(int longest, String what) {
        byte[] text = cursor.string(Math.min(budget, longest), what);
        budget -= text.length;
        return text;
    }

    private GgufArray array(int depth) {
        GgufType elementType = type();
        long count = cursor.i64("its number of elements");
        if (count < 0 || count > cursor.remaining() / elementType.leastByteSize() || count > MOST_ELEMENTS) {
            throw cursor.failure("claims an array of " + Long.toUnsignedString(count) + " elements of type "
                    + elementType + ", but only " + cursor.remaining() + " bytes are left in the file");
        }
        long start = cursor.position();
        switch (elementType) {
            case STRING -> {
                for (long i = 0; i < count; i++) {
                    cursor.skipString("a text of its array");
                }
            }
            case ARRAY -> {
                if (depth == MOST_NESTING) {
                    throw cursor.failure("nests arrays more than " + MOST_NESTING + " deep");
                }
                for (long i = 0; i < count; i++) {
                    array(depth + 1);
                }
            }
            case BOOL -> {
                MemorySegment values = cursor.bytes(count, "its array");
                for (long i = 0; i < count; i++) {
                    truth(values.get(ValueLayout.JAVA_BYTE, i));
                }
            }
            default -> cursor.bytes(count * elementType.byteSize(), "its array");
        }
        return new GgufArray(elementType, (int) count, cursor.since(start));
    }

    private boolean truth(byte value) {
        if (value != 0 && value != 1) {
            throw cursor.failure("has the truth value " + (value & 0xFF) + ", which is neither 0 nor 1");
        }
        return value == 1;
    }
}
