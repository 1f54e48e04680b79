package io.vlm4j.tensor;

/// The element type of a [Tensor]. Elements lie in memory without gaps, little-endian.
///
/// Quantized blocks are no element type: they have a type of their own in `io.vlm4j.gguf`.
public enum DType {
    /// IEEE 754 binary32, Java's `float`.
    F32(4),
    /// IEEE 754 binary16.
    F16(2),
    /// The upper half of an IEEE 754 binary32.
    BF16(2),
    /// IEEE 754 binary64, Java's `double`.
    F64(8),
    /// Signed 8-bit integer.
    I8(1),
    /// Unsigned 8-bit integer.
    U8(1),
    /// Signed 16-bit integer.
    I16(2),
    /// Signed 32-bit integer.
    I32(4),
    /// Signed 64-bit integer.
    I64(8),
    /// One byte: 0 is false, everything else is true.
    BOOL(1);

    private final int byteSize;

    DType(int byteSize) {
        this.byteSize = byteSize;
    }

    /// The bytes that one element takes.
    public int byteSize() {
        return byteSize;
    }

    /// Whether elements are floating-point numbers.
    public boolean isFloat() {
        return switch (this) {
            case F32, F16, BF16, F64 -> true;
            case I8, U8, I16, I32, I64, BOOL -> false;
        };
    }
}
