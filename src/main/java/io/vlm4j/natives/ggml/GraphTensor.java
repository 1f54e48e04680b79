package io.vlm4j.natives.ggml;

import io.vlm4j.bindings.ggml.GgmlH;
import io.vlm4j.bindings.ggml.ggml_tensor;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.NativeText;
import io.vlm4j.natives.shim.Shim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/// A tensor of a compute graph. One that an [EvalObserver] sees is valid during that call only, one of [GraphOps] as
/// long as its context.
///
/// @param segment the `ggml_tensor`
public record GraphTensor(MemorySegment segment) {
    /// From `GGML_OP_SOFT_MAX` to `GGML_OP_IM2COL` in ggml.h of the pinned release; a test holds it against nodes whose
    /// name says what they are.
    private static final int SOFT_MAX_BEFORE_IM2COL = 6;

    /// A view of the tensor behind a pointer.
    @SuppressWarnings("restricted")
    static GraphTensor at(MemorySegment pointer) {
        return new GraphTensor(pointer.reinterpret(ggml_tensor.sizeof()));
    }

    public String name() {
        return NativeText.of(ggml_tensor.name(segment));
    }

    /// Whether the node cuts pictures into columns for a convolution; its second source is the picture.
    public boolean isImageToColumns() {
        return ggml_tensor.op(segment) == GgmlH.GGML_OP_IM2COL();
    }

    /// Whether the node turns scores into probabilities, row by row.
    public boolean isSoftMax() {
        return ggml_tensor.op(segment) == GgmlH.GGML_OP_IM2COL() - SOFT_MAX_BEFORE_IM2COL;
    }

    /// Whether the first input of the node's operation is the tensor of this name.
    public boolean reads(String tensor) {
        MemorySegment source = ggml_tensor.src(segment, 0);
        return source.address() != 0 && at(source).name().equals(tensor);
    }

    /// The `index`-th input of the node's operation.
    ///
    /// @throws IllegalArgumentException when it has none there
    public GraphTensor source(int index) {
        MemorySegment source = ggml_tensor.src(segment, index);
        if (source.address() == 0) {
            throw new IllegalArgumentException("tensor " + name() + " has no source " + index);
        }
        return at(source);
    }

    /// Size of dimension `axis` in ggml's order: 0 runs fastest.
    public long dimension(int axis) {
        return ggml_tensor.ne(segment, axis);
    }

    /// Bytes of a contiguous F32 tensor.
    ///
    /// @throws IllegalStateException when it is of another type
    public long byteSize() {
        if (ggml_tensor.type(segment) != GgmlH.GGML_TYPE_F32()) {
            throw new IllegalStateException("tensor " + name() + " is not F32");
        }
        return GgmlH.ggml_nbytes(segment);
    }

    /// Copies the first `bytes` of `source` to the tensor's data, wherever their memory is. A tensor in packed
    /// memory is written as a whole.
    public void write(MemorySegment source, long bytes) {
        int code = ShimH.vlm4j_tensor_write(segment, source, 0, bytes);
        Shim.check(code, "cannot write tensor");
    }

    /// Copies bytes of a contiguous F32 tensor, wherever its memory is, to the beginning of `target`, filling it.
    ///
    /// @throws IllegalStateException when the tensor is of another type, or ends before that
    public void read(long offset, MemorySegment target) {
        if (offset < 0 || offset + target.byteSize() > byteSize()) {
            throw new IllegalStateException("tensor " + name() + " has " + byteSize() + " bytes, not "
                    + target.byteSize() + " from " + offset + " on");
        }
        int code = ShimH.vlm4j_tensor_read(segment, target, offset, target.byteSize());
        Shim.check(code, "cannot read tensor " + name());
    }

    /// The data themselves, of any type, where they are in the memory of this process. Nobody keeps them from being
    /// freed.
    @SuppressWarnings("restricted")
    public Optional<MemorySegment> memory() {
        MemorySegment data = ShimH.vlm4j_tensor_memory(segment);
        return data.address() == 0 ? Optional.empty() : Optional.of(data.reinterpret(GgmlH.ggml_nbytes(segment)));
    }

    /// A copy of the elements of a contiguous F32 tensor, wherever its memory is.
    public float[] floats() {
        long bytes = byteSize();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(bytes, ValueLayout.JAVA_FLOAT.byteAlignment());
            read(0, copy);
            return copy.toArray(ValueLayout.JAVA_FLOAT);
        }
    }
}
