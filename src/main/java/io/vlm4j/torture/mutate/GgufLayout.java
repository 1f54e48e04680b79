package io.vlm4j.torture.mutate;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// Where the numbers of a GGUF file are that readers believe in. Only for files that are known to be good.
///
/// @param table where the tensor table begins, in bytes
/// @param data  where it ends
public record GgufLayout(List<Field> fields, int table, int data) {
    private static final int HEADER = 24;
    private static final int MOST_OF_AN_ARRAY = 8;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    /// Bytes of a value by its type; 0: of variable length.
    private static final int[] SIZES = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

    /// @param file a good file, of version 2 or 3
    public static GgufLayout of(byte[] file) {
        Walk walk = new Walk(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN));
        return walk.whole();
    }

    private static final class Walk {
        private final ByteBuffer buffer;
        private final List<Field> fields = new ArrayList<>();

        Walk(ByteBuffer buffer) {
            this.buffer = buffer;
        }

        GgufLayout whole() {
            fields.add(new Field(4, 4));
            fields.add(new Field(8, 8));
            fields.add(new Field(16, 8));
            int tensors = (int) buffer.getLong(8);
            int keys = (int) buffer.getLong(16);
            buffer.position(HEADER);
            for (int i = 0; i < keys; i++) {
                string(true);
                value(number(4, true), true);
            }
            int table = buffer.position();
            for (int i = 0; i < tensors; i++) {
                string(true);
                int rank = (int) number(4, true);
                for (int axis = 0; axis < rank; axis++) {
                    number(8, true);
                }
                number(4, true);
                number(8, true);
            }
            return new GgufLayout(List.copyOf(fields), table, buffer.position());
        }

        private long number(int size, boolean noted) {
            if (noted) {
                fields.add(new Field(buffer.position(), size));
            }
            return size == 4 ? buffer.getInt() : buffer.getLong();
        }

        private void string(boolean noted) {
            skip(number(8, noted));
        }

        private void value(long type, boolean noted) {
            if (type == STRING) {
                string(noted);
            } else if (type == ARRAY) {
                long element = number(4, noted);
                long count = number(8, noted);
                for (long i = 0; i < count; i++) {
                    value(element, noted && i < MOST_OF_AN_ARRAY);
                }
            } else {
                int size = SIZES[(int) type];
                if (noted && size >= 4) {
                    fields.add(new Field(buffer.position(), size));
                }
                skip(size);
            }
        }

        private void skip(long bytes) {
            buffer.position(buffer.position() + (int) bytes);
        }
    }
}
