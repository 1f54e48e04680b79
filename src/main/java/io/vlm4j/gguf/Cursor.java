package io.vlm4j.gguf;

import io.vlm4j.Vlm4jException.InvalidFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Reads little-endian numbers from memory one after the other and never past its end. Every failure is an
/// [InvalidFile] that names the file, the thing being read, and where it begins.
final class Cursor {
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment memory;
    private final String file;
    private long position;
    private long subjectPosition;
    private String subject;

    Cursor(MemorySegment memory, String file, String subject) {
        this.memory = memory;
        this.file = file;
        this.subject = subject;
    }

    /// Says what is read from here on, for messages.
    void begin(String newSubject) {
        subject = newSubject;
        subjectPosition = position;
    }

    /// Gives what began at the last [#begin] a better name, now that it is known.
    void rename(String newSubject) {
        subject = newSubject;
    }

    long position() {
        return position;
    }

    long remaining() {
        return memory.byteSize() - position;
    }

    InvalidFile failure(String problem) {
        return new InvalidFile(file + ": " + subject + " at byte " + subjectPosition + " " + problem);
    }

    byte i8(String what) {
        return memory.get(ValueLayout.JAVA_BYTE, advance(1, what));
    }

    short i16(String what) {
        return memory.get(SHORT, advance(2, what));
    }

    int i32(String what) {
        return memory.get(INT, advance(4, what));
    }

    long i64(String what) {
        return memory.get(LONG, advance(8, what));
    }

    /// A view of the next bytes.
    MemorySegment bytes(long count, String what) {
        return memory.asSlice(advance(count, what), count);
    }

    /// A view of everything read since this position.
    MemorySegment since(long start) {
        return memory.asSlice(start, position - start);
    }

    /// A length of 8 bytes and that many bytes, copied to the heap.
    byte[] string(long limit, String what) {
        long length = length(what);
        if (length > limit) {
            throw failure("has " + length + " bytes in " + what + ", more than the " + limit + " allowed");
        }
        return bytes(length, what).toArray(ValueLayout.JAVA_BYTE);
    }

    /// A length of 8 bytes and that many bytes, left where they are.
    void skipString(String what) {
        advance(length(what), what);
    }

    private long length(String what) {
        long length = i64("the length of " + what);
        if (length < 0 || length > remaining()) {
            throw failure("claims " + Long.toUnsignedString(length) + " bytes for " + what + ", but only " + remaining()
                    + " are left in the file");
        }
        return length;
    }

    private long advance(long count, String what) {
        if (count < 0 || count > remaining()) {
            throw failure("is cut off: " + what + " needs " + Long.toUnsignedString(count) + " bytes, but only "
                    + remaining() + " are left in the file");
        }
        long start = position;
        position += count;
        return start;
    }
}
