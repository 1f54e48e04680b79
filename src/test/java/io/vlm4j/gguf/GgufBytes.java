package io.vlm4j.gguf;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Assembles GGUF files number by number, so that tests can make every one of them wrong.
final class GgufBytes {
    static final int U32 = 4;
    static final int BOOL = 7;
    static final int STRING = 8;
    static final int ARRAY = 9;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /// A header of version 3.
    static GgufBytes header(long tensors, long keys) {
        return new GgufBytes().text("GGUF").i32(3).i64(tensors).i64(keys);
    }

    GgufBytes text(String text) {
        bytes.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    GgufBytes string(String text) {
        return i64(text.length()).text(text);
    }

    GgufBytes i8(int value) {
        bytes.write(value);
        return this;
    }

    GgufBytes i32(int value) {
        bytes.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
        return this;
    }

    GgufBytes i64(long value) {
        bytes.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
        return this;
    }

    /// A directory entry; dimensions innermost first, as in the file.
    GgufBytes tensor(String name, int type, long offset, long... ne) {
        string(name).i32(ne.length);
        for (long dim : ne) {
            i64(dim);
        }
        return i32(type).i64(offset);
    }

    /// Zeros up to a multiple of 32, then this many more.
    GgufBytes data(int size) {
        while (bytes.size() % 32 != 0) {
            i8(0);
        }
        bytes.writeBytes(new byte[size]);
        return this;
    }

    MemorySegment segment() {
        return MemorySegment.ofArray(bytes.toByteArray());
    }

    /// Reads them under the name `model.gguf`.
    GgufFile open() {
        return GgufFile.of(Path.of("model.gguf"), segment());
    }
}
