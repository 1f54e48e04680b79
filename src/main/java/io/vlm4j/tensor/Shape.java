package io.vlm4j.tensor;

import java.util.Arrays;

/// The dimensions of a [Tensor], outermost first as in NumPy and PyTorch. Immutable.
///
/// A shape without dimensions is that of a scalar and counts one element; a dimension of 0 makes an empty tensor.
/// The number of elements always fits into a `long`.
public final class Shape {
    private final long[] dims;
    private final long elementCount;

    private Shape(long[] dims) {
        this.dims = dims;
        this.elementCount = count(dims);
    }

    /// Makes a shape of these dimensions, outermost first.
    ///
    /// @throws IllegalArgumentException if a dimension is negative or the product of all exceeds 2^63-1
    public static Shape of(long... dims) {
        return new Shape(dims.clone());
    }

    private static long count(long[] dims) {
        long count = 1;
        boolean overflow = false;
        for (long dim : dims) {
            if (dim < 0) {
                throw new IllegalArgumentException("negative dimension in shape " + Arrays.toString(dims));
            }
            if (dim == 0) {
                return zero(dims);
            }
            overflow |= count > Long.MAX_VALUE / dim;
            count *= dim;
        }
        if (overflow) {
            throw new IllegalArgumentException("shape " + Arrays.toString(dims) + " has more than 2^63-1 elements");
        }
        return count;
    }

    /// A zero anywhere makes the product 0 whatever the others are, but a negative one among them is still an
    /// error.
    private static long zero(long[] dims) {
        if (Arrays.stream(dims).anyMatch(dim -> dim < 0)) {
            throw new IllegalArgumentException("negative dimension in shape " + Arrays.toString(dims));
        }
        return 0;
    }

    /// The number of dimensions; 0 for a scalar.
    public int rank() {
        return dims.length;
    }

    /// The dimension at this axis, counted from the outermost.
    ///
    /// @throws IllegalArgumentException if there is no such axis
    public long dim(int axis) {
        if (axis < 0 || axis >= dims.length) {
            throw new IllegalArgumentException("shape " + this + " has no axis " + axis);
        }
        return dims[axis];
    }

    /// The dimensions, outermost first, as a new array.
    public long[] dims() {
        return dims.clone();
    }

    /// The product of all dimensions.
    public long elementCount() {
        return elementCount;
    }

    /// This shape without its outermost dimension.
    ///
    /// @throws IllegalArgumentException if this is the shape of a scalar
    public Shape inner() {
        if (dims.length == 0) {
            throw new IllegalArgumentException("a scalar has no outermost dimension");
        }
        return new Shape(Arrays.copyOfRange(dims, 1, dims.length));
    }

    /// The place of the element at this index in row-major order.
    long position(long[] index) {
        if (index.length != dims.length) {
            throw new IllegalArgumentException("index " + Arrays.toString(index) + " has " + index.length
                    + " parts, shape " + this + " needs " + dims.length);
        }
        long position = 0;
        for (int axis = 0; axis < dims.length; axis++) {
            if (index[axis] < 0 || index[axis] >= dims[axis]) {
                throw new IndexOutOfBoundsException("index " + Arrays.toString(index) + " is outside of shape " + this);
            }
            position = position * dims[axis] + index[axis];
        }
        return position;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /// For example `[1, 64, 256]`; `[]` for a scalar.
    @Override
    public String toString() {
        return Arrays.toString(dims);
    }
}
