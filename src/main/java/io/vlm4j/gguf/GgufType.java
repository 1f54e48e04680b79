package io.vlm4j.gguf;

import java.util.Arrays;
import java.util.Optional;

/// The types of metadata values in GGUF files.
public enum GgufType {
    /// Unsigned 8-bit integer.
    U8(0, 1),
    /// Signed 8-bit integer.
    I8(1, 1),
    /// Unsigned 16-bit integer.
    U16(2, 2),
    /// Signed 16-bit integer.
    I16(3, 2),
    /// Unsigned 32-bit integer.
    U32(4, 4),
    /// Signed 32-bit integer.
    I32(5, 4),
    /// IEEE 754 binary32.
    F32(6, 4),
    /// One byte, 0 or 1.
    BOOL(7, 1),
    /// A length of 8 bytes, then UTF-8.
    STRING(8, 0),
    /// An element type, a count, then the elements.
    ARRAY(9, 0),
    /// Unsigned 64-bit integer.
    U64(10, 8),
    /// Signed 64-bit integer.
    I64(11, 8),
    /// IEEE 754 binary64.
    F64(12, 8);

    private final int id;
    private final int byteSize;

    GgufType(int id, int byteSize) {
        this.id = id;
        this.byteSize = byteSize;
    }

    /// The type with this number in files.
    static Optional<GgufType> ofId(int id) {
        return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
    }

    /// The number of this type in files.
    int id() {
        return id;
    }

    /// Whether values are of the eight integer types.
    public boolean isInteger() {
        return switch (this) {
            case U8, I8, U16, I16, U32, I32, U64, I64 -> true;
            case F32, BOOL, STRING, ARRAY, F64 -> false;
        };
    }

    /// The bytes of a value; 0 if they vary.
    int byteSize() {
        return byteSize;
    }

    /// The fewest bytes that a value can take, which bounds how many of them a file can hold.
    int leastByteSize() {
        return switch (this) {
            case STRING -> 8;
            case ARRAY -> 12;
            default -> byteSize;
        };
    }

    /// Whether an integer lies in the range of this type; the 64 bits of [#U64] are taken as they are.
    boolean holds(long value) {
        return switch (this) {
            case U8 -> value >= 0 && value <= 0xFF;
            case I8 -> value == (byte) value;
            case U16 -> value >= 0 && value <= 0xFFFF;
            case I16 -> value == (short) value;
            case U32 -> value >= 0 && value <= 0xFFFF_FFFFL;
            case I32 -> value == (int) value;
            case U64, I64 -> true;
            case F32, BOOL, STRING, ARRAY, F64 -> false;
        };
    }
}
