package io.vlm4j.gguf;

import io.vlm4j.tensor.Shape;
import java.util.Objects;

/// An entry of the tensor directory of a GGUF file. Immutable.
///
/// The shape has the outermost dimension first, as in PyTorch; the file and ggml (`ne`) list the same dimensions
/// innermost first. A weight matrix that maps 256 inputs to 768 outputs is `[768, 256]` here and `ne = {256, 768}`
/// there.
///
/// @param name the name, shorter than 64 bytes of UTF-8
/// @param type the element type
/// @param shape the dimensions, outermost first, at most 4
/// @param offset where the data begin, in bytes from the start of the file's data section
public record GgufTensor(String name, GgmlType type, Shape shape, long offset) {
    /// ggml's `GGML_MAX_NAME`, which includes a terminating zero.
    static final int NAME_LIMIT = 64;

    /// ggml's `GGML_MAX_DIMS`.
    static final int MOST_DIMENSIONS = 4;

    /// Checks the number of dimensions, and that rows consist of whole blocks.
    ///
    /// @throws IllegalArgumentException if there are more than 4 dimensions, a row is no multiple of the type's
    ///     block size, the size exceeds 2^63-1 bytes, or the offset is negative
    public GgufTensor {
        Objects.requireNonNull(name, "name");
        if (shape.rank() > MOST_DIMENSIONS) {
            throw new IllegalArgumentException("tensor '" + name + "' has more than 4 dimensions: " + shape);
        }
        if (offset < 0) {
            throw new IllegalArgumentException("tensor '" + name + "' has the negative offset " + offset);
        }
        type.byteSize(shape);
    }

    /// The bytes that the data take.
    public long byteSize() {
        return type.byteSize(shape);
    }
}
