package io.vlm4j.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A read-only view of numbers in memory: element type, shape, and bytes in row-major order (the last index runs
/// fastest), little-endian and without gaps.
///
/// - **Owner**: a tensor made by [#owned] owns its memory through the arena that it was given. Every other tensor
///   borrows: it is valid for as long as the memory it looks at, and does not keep that memory alive.
/// - **Threads**: immutable. Which threads may read is decided by the memory: any thread for shared, automatic and
///   heap memory, only the creating one for a confined arena.
/// - **Close**: closes the arena of an owned tensor, once; later calls, and closing a borrowed tensor, do nothing.
///   Reading after the memory is gone throws [IllegalStateException].
public final class Tensor implements AutoCloseable {
    private final DType dtype;
    private final Shape shape;
    private final MemorySegment segment;
    private final @Nullable Arena owner;

    private Tensor(DType dtype, Shape shape, MemorySegment segment, @Nullable Arena owner) {
        this.dtype = Objects.requireNonNull(dtype, "dtype");
        this.shape = Objects.requireNonNull(shape, "shape");
        long expected = byteSize(dtype, shape);
        if (segment.byteSize() != expected) {
            throw new IllegalArgumentException(
                    dtype + " tensor of shape " + shape + " needs " + expected + " bytes, not " + segment.byteSize());
        }
        this.segment = segment.asReadOnly();
        this.owner = owner;
    }

    private static long byteSize(DType dtype, Shape shape) {
        if (shape.elementCount() > Long.MAX_VALUE / dtype.byteSize()) {
            throw new IllegalArgumentException(dtype + " tensor of shape " + shape + " exceeds 2^63-1 bytes");
        }
        return shape.elementCount() * dtype.byteSize();
    }

    /// A tensor that looks at memory of somebody else.
    ///
    /// @throws IllegalArgumentException if the segment has not exactly the size that type and shape need
    public static Tensor of(DType dtype, Shape shape, MemorySegment segment) {
        return new Tensor(dtype, shape, segment, null);
    }

    /// A tensor that owns its memory: closing it closes the arena, which must be a confined or shared one and
    /// should hold nothing else.
    ///
    /// @throws IllegalArgumentException if the segment has not exactly the size that type and shape need; the
    ///     arena stays open
    public static Tensor owned(DType dtype, Shape shape, MemorySegment segment, Arena arena) {
        return new Tensor(dtype, shape, segment, Objects.requireNonNull(arena, "arena"));
    }

    /// An [DType#F32] tensor on the Java heap, of a copy of these values in row-major order.
    ///
    /// @throws IllegalArgumentException if the number of values differs from the shape's
    public static Tensor ofFloats(Shape shape, float... values) {
        MemorySegment heap = MemorySegment.ofArray(new float[values.length]);
        MemorySegment.copy(values, 0, heap, Elements.FLOAT, 0, values.length);
        return new Tensor(DType.F32, shape, heap, null);
    }

    /// An [DType#I32] tensor on the Java heap, of a copy of these values in row-major order.
    ///
    /// @throws IllegalArgumentException if the number of values differs from the shape's
    public static Tensor ofInts(Shape shape, int... values) {
        MemorySegment heap = MemorySegment.ofArray(new int[values.length]);
        MemorySegment.copy(values, 0, heap, Elements.INT, 0, values.length);
        return new Tensor(DType.I32, shape, heap, null);
    }

    /// A [DType#U8] tensor on the Java heap, of a copy of these bytes in row-major order.
    ///
    /// @throws IllegalArgumentException if the number of bytes differs from the shape's
    public static Tensor ofBytes(Shape shape, byte... values) {
        return new Tensor(DType.U8, shape, MemorySegment.ofArray(values.clone()), null);
    }

    /// The element type.
    public DType dtype() {
        return dtype;
    }

    /// The dimensions, outermost first.
    public Shape shape() {
        return shape;
    }

    /// The bytes, read-only: [#byteSize()] of them, little-endian, at any alignment.
    public MemorySegment segment() {
        return segment;
    }

    /// The bytes that all elements take.
    public long byteSize() {
        return segment.byteSize();
    }

    /// The element at this index, one part per dimension, as a `float` (rounded for [DType#F64]).
    ///
    /// @throws IllegalStateException if the elements are not floating-point numbers, or the memory is gone
    /// @throws IllegalArgumentException if the index has not one part per dimension
    /// @throws IndexOutOfBoundsException if a part lies outside of its dimension
    public float getFloat(long... index) {
        requireFloat();
        return Elements.floatAt(dtype, segment, shape.position(index));
    }

    /// A copy of all elements in row-major order, converted from [DType#F16], [DType#BF16] and [DType#F64]
    /// (rounded).
    ///
    /// @throws IllegalStateException if the elements are not floating-point numbers, or do not fit into one
    ///     array, or the memory is gone
    public float[] toFloatArray() {
        requireFloat();
        return Elements.floats(dtype, segment, arrayLength());
    }

    /// A copy of all elements in row-major order; [DType#BOOL] gives 0 and 1.
    ///
    /// @throws IllegalStateException if the elements are not integers of at most 32 bits, or do not fit into
    ///     one array, or the memory is gone
    public int[] toIntArray() {
        if (dtype.isFloat() || dtype == DType.I64) {
            throw new IllegalStateException(dtype + " elements are not integers of at most 32 bits");
        }
        return Elements.ints(dtype, segment, arrayLength());
    }

    /// A copy of all elements in row-major order; [DType#BOOL] gives 0 and 1.
    ///
    /// @throws IllegalStateException if the elements are not integers, or do not fit into one array, or the
    ///     memory is gone
    public long[] toLongArray() {
        if (dtype.isFloat()) {
            throw new IllegalStateException(dtype + " elements are not integers");
        }
        return Elements.longs(dtype, segment, arrayLength());
    }

    /// The part at this index of the outermost dimension, as a view without that dimension. It borrows: it is
    /// valid as long as this tensor's memory.
    ///
    /// @throws IllegalArgumentException if this is a scalar
    /// @throws IndexOutOfBoundsException if the index lies outside of the dimension
    public Tensor slice(long index) {
        Shape inner = shape.inner();
        Objects.checkIndex(index, shape.dim(0));
        long size = inner.elementCount() * dtype.byteSize();
        return new Tensor(dtype, inner, segment.asSlice(index * size, size), null);
    }

    @Override
    public synchronized void close() {
        if (owner != null && owner.scope().isAlive()) {
            owner.close();
        }
    }

    private void requireFloat() {
        if (!dtype.isFloat()) {
            throw new IllegalStateException(dtype + " elements are not floating-point numbers");
        }
    }

    private int arrayLength() {
        long count = shape.elementCount();
        if (count > Integer.MAX_VALUE - 8) {
            throw new IllegalStateException(
                    "a tensor of shape " + shape + " has more elements than a Java array can hold: slice it");
        }
        return (int) count;
    }

    /// Type, shape and the first elements, for example `Tensor[F32 [2, 3]: 0.5, 1.0, -2.0, ...]`.
    @Override
    public String toString() {
        return "Tensor[" + dtype + " " + shape + ": " + preview() + "]";
    }

    private String preview() {
        if (!segment.isAccessibleBy(Thread.currentThread())) {
            return "memory of another thread";
        }
        try {
            return Elements.preview(dtype, segment, shape.elementCount());
        } catch (IllegalStateException closed) {
            return "closed";
        }
    }
}
