package io.vlm4j.gguf;

import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// The element types of ggml (0.25, llama.cpp v0.5.0) as they appear in GGUF files: plain numbers, and quantized
/// types that pack a fixed number of consecutive elements of a row into a block of bytes.
///
/// Source: `type_traits` of ggml.c and the block structures of ggml-common.h.
public enum GgmlType {
    /// IEEE 754 binary32.
    F32(0, 1, 4),
    /// IEEE 754 binary16.
    F16(1, 1, 2),
    /// 4 bits, one scale per block.
    Q4_0(2, 32, 18),
    /// 4 bits, scale and minimum per block.
    Q4_1(3, 32, 20),
    /// 5 bits, one scale per block.
    Q5_0(6, 32, 22),
    /// 5 bits, scale and minimum per block.
    Q5_1(7, 32, 24),
    /// 8 bits, one scale per block.
    Q8_0(8, 32, 34),
    /// 8 bits, scale and sum per block; used for intermediate results.
    Q8_1(9, 32, 36),
    /// K-quant of about 2.6 bits.
    Q2_K(10, 256, 84),
    /// K-quant of about 3.4 bits.
    Q3_K(11, 256, 110),
    /// K-quant of 4.5 bits.
    Q4_K(12, 256, 144),
    /// K-quant of 5.5 bits.
    Q5_K(13, 256, 176),
    /// K-quant of about 6.6 bits.
    Q6_K(14, 256, 210),
    /// K-quant of about 9.1 bits; used for intermediate results.
    Q8_K(15, 256, 292),
    /// Codebook quant of about 2.1 bits.
    IQ2_XXS(16, 256, 66),
    /// Codebook quant of about 2.3 bits.
    IQ2_XS(17, 256, 74),
    /// Codebook quant of about 3.1 bits.
    IQ3_XXS(18, 256, 98),
    /// Codebook quant of about 1.6 bits.
    IQ1_S(19, 256, 50),
    /// 4 bits with non-linear levels.
    IQ4_NL(20, 32, 18),
    /// Codebook quant of about 3.4 bits.
    IQ3_S(21, 256, 110),
    /// Codebook quant of about 2.6 bits.
    IQ2_S(22, 256, 82),
    /// About 4.3 bits with non-linear levels.
    IQ4_XS(23, 256, 136),
    /// Signed 8-bit integer.
    I8(24, 1, 1),
    /// Signed 16-bit integer.
    I16(25, 1, 2),
    /// Signed 32-bit integer.
    I32(26, 1, 4),
    /// Signed 64-bit integer.
    I64(27, 1, 8),
    /// IEEE 754 binary64.
    F64(28, 1, 8),
    /// Codebook quant of 1.75 bits.
    IQ1_M(29, 256, 56),
    /// The upper half of an IEEE 754 binary32.
    BF16(30, 1, 2),
    /// Ternary, about 1.7 bits.
    TQ1_0(34, 256, 54),
    /// Ternary, about 2.1 bits.
    TQ2_0(35, 256, 66),
    /// Microscaling 4-bit floats, one shared exponent per block.
    MXFP4(39, 32, 17),
    /// 4-bit floats with an 8-bit float scale per 16 elements.
    NVFP4(40, 64, 36),
    /// 1 bit, one scale per block.
    Q1_0(41, 128, 18),
    /// 2 bits, one scale per block.
    Q2_0(42, 64, 18);

    private final int id;
    private final int blockSize;
    private final int blockByteSize;

    GgmlType(int id, int blockSize, int blockByteSize) {
        this.id = id;
        this.blockSize = blockSize;
        this.blockByteSize = blockByteSize;
    }

    /// The type with this number in GGUF files; empty for numbers that ggml never gave out or has withdrawn.
    public static Optional<GgmlType> ofId(int id) {
        return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
    }

    /// The number of this type in GGUF files.
    public int id() {
        return id;
    }

    /// The elements of a block; 1 for plain numbers.
    public int blockSize() {
        return blockSize;
    }

    /// The bytes of a block.
    public int blockByteSize() {
        return blockByteSize;
    }

    /// Whether this type packs several elements into a block.
    public boolean isQuantized() {
        return blockSize > 1;
    }

    /// The name in llama.cpp's own spelling, such as `q4_K`.
    public String label() {
        String lower = name().toLowerCase(Locale.ROOT);
        return lower.endsWith("_k") ? lower.substring(0, lower.length() - 1) + "K" : lower;
    }

    /// The same element type for a [io.vlm4j.tensor.Tensor]; empty for quantized types.
    public Optional<DType> dtype() {
        return switch (this) {
            case F32 -> Optional.of(DType.F32);
            case F16 -> Optional.of(DType.F16);
            case BF16 -> Optional.of(DType.BF16);
            case F64 -> Optional.of(DType.F64);
            case I8 -> Optional.of(DType.I8);
            case I16 -> Optional.of(DType.I16);
            case I32 -> Optional.of(DType.I32);
            case I64 -> Optional.of(DType.I64);
            default -> Optional.empty();
        };
    }

    /// The bytes of a row of this many elements.
    ///
    /// @throws IllegalArgumentException if the number is negative, no multiple of the block size, or the row
    ///     would exceed 2^63-1 bytes
    public long rowByteSize(long elements) {
        if (elements < 0 || elements % blockSize != 0) {
            throw new IllegalArgumentException(
                    "a row of " + elements + " elements is no multiple of the " + blockSize + " in a block of " + this);
        }
        return multiply(elements / blockSize, blockByteSize);
    }

    /// The bytes of a tensor of this shape; its rows run along the last dimension.
    ///
    /// @throws IllegalArgumentException if a row is no multiple of the block size, or the tensor would exceed
    ///     2^63-1 bytes
    public long byteSize(Shape shape) {
        long row = shape.rank() == 0 ? 1 : shape.dim(shape.rank() - 1);
        long rowBytes = rowByteSize(row);
        return row == 0 ? 0 : multiply(shape.elementCount() / row, rowBytes);
    }

    private long multiply(long count, long bytes) {
        if (bytes != 0 && count > Long.MAX_VALUE / bytes) {
            throw new IllegalArgumentException(
                    count + " times " + bytes + " bytes of " + this + " exceed 2^63-1 bytes");
        }
        return count * bytes;
    }
}
