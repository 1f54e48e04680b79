package io.vlm4j.conversion.internal;

import io.vlm4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.LongUnaryOperator;

/// The numbers of a tensor, row by row. Thread-safe.
interface Rows {
    long count();

    int length();

    /// Copies a row.
    ///
    /// @param into has room for it
    void read(long row, float[] into);

    /// A tensor of floating-point numbers as it is; its rows run along the last dimension.
    static Rows of(Tensor tensor) {
        int length = tensor.shape().rank() == 0
                ? 1
                : Math.toIntExact(tensor.shape().dim(tensor.shape().rank() - 1));
        return new Stored(tensor, length);
    }

    /// A vector as a column: rows of one number.
    static Rows column(Tensor vector) {
        return new Stored(vector, 1);
    }

    /// Numbers that were computed: one row.
    static Rows computed(float... numbers) {
        return new Computed(numbers.clone());
    }

    /// So many of these rows in another order.
    ///
    /// @param source says which row stands in a place
    default Rows ordered(long rows, LongUnaryOperator source) {
        return new Ordered(this, rows, source);
    }

    /// The same with zeros in one row.
    default Rows blanked(long blank) {
        return new Blanked(this, blank);
    }

    /// The rows in the order in which ggml rotates: transformers pairs the numbers of a head's halves, ggml neighbours.
    default Rows interleaved(int heads) {
        long head = count() / heads;
        return ordered(count(), row -> {
            long place = row % head;
            return row - place + place % 2 * (head / 2) + place / 2;
        });
    }

    /// The columns of a matrix as rows, copied to the heap.
    static Rows transposed(Tensor matrix) {
        Rows rows = of(matrix);
        float[][] numbers = new float[Math.toIntExact(rows.count())][rows.length()];
        for (int i = 0; i < numbers.length; i++) {
            rows.read(i, numbers[i]);
        }
        return new Transposed(numbers);
    }

    /// All numbers times another.
    default Rows scaled(float factor) {
        return new Scaled(this, factor);
    }

    /// Columns as rows.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Transposed(float[][] columns) implements Rows {
        @Override
        public long count() {
            return columns[0].length;
        }

        @Override
        public int length() {
            return columns.length;
        }

        @Override
        public void read(long row, float[] into) {
            for (int i = 0; i < columns.length; i++) {
                into[i] = columns[i][Math.toIntExact(row)];
            }
        }
    }

    /// Rows times a number.
    record Scaled(Rows rows, float factor) implements Rows {
        @Override
        public long count() {
            return rows.count();
        }

        @Override
        public int length() {
            return rows.length();
        }

        @Override
        public void read(long row, float[] into) {
            rows.read(row, into);
            for (int i = 0; i < length(); i++) {
                into[i] *= factor;
            }
        }
    }

    /// Rows one of which is zero.
    record Blanked(Rows rows, long blank) implements Rows {
        @Override
        public long count() {
            return rows.count();
        }

        @Override
        public int length() {
            return rows.length();
        }

        @Override
        public void read(long row, float[] into) {
            if (row == blank) {
                Arrays.fill(into, 0, length(), 0);
            } else {
                rows.read(row, into);
            }
        }
    }

    /// Rows as they lie in a file.
    record Stored(Tensor tensor, int length) implements Rows {
        private static final ValueLayout.OfFloat FLOAT =
                ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        private static final ValueLayout.OfDouble DOUBLE =
                ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        private static final ValueLayout.OfShort SHORT =
                ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

        @Override
        public long count() {
            return length == 0 ? 0 : tensor.shape().elementCount() / length;
        }

        @Override
        public void read(long row, float[] into) {
            MemorySegment memory = tensor.segment();
            long at = row * length * tensor.dtype().byteSize();
            switch (tensor.dtype()) {
                case F32 -> MemorySegment.copy(memory, FLOAT, at, into, 0, length);
                case F16 -> {
                    for (int i = 0; i < length; i++) {
                        into[i] = Float.float16ToFloat(memory.get(SHORT, at + 2L * i));
                    }
                }
                case BF16 -> {
                    for (int i = 0; i < length; i++) {
                        into[i] = Float.intBitsToFloat(memory.get(SHORT, at + 2L * i) << 16);
                    }
                }
                case F64 -> {
                    for (int i = 0; i < length; i++) {
                        into[i] = (float) memory.get(DOUBLE, at + 8L * i);
                    }
                }
                default -> throw new IllegalArgumentException("rows of " + tensor.dtype());
            }
        }
    }

    /// Numbers on the heap.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Computed(float[] numbers) implements Rows {
        @Override
        public long count() {
            return 1;
        }

        @Override
        public int length() {
            return numbers.length;
        }

        @Override
        public void read(long row, float[] into) {
            System.arraycopy(numbers, 0, into, 0, numbers.length);
        }
    }

    /// Rows in another order.
    record Ordered(Rows rows, long count, LongUnaryOperator source) implements Rows {
        @Override
        public int length() {
            return rows.length();
        }

        @Override
        public void read(long row, float[] into) {
            rows.read(source.applyAsLong(row), into);
        }
    }
}
