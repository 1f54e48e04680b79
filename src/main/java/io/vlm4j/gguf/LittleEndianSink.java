package io.vlm4j.gguf;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;

/// Writes little-endian numbers, strings and memory through one small buffer, and counts the bytes. Confined to one
/// thread; nothing is complete before [#flush()].
final class LittleEndianSink {
    private static final int BUFFER = 1 << 16;

    /// One write call takes this much: below the 2 GiB of a [ByteBuffer], and small enough to be interrupted soon.
    private static final long CHUNK = 1 << 26;

    private final WritableByteChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
    private long position;

    LittleEndianSink(WritableByteChannel channel) {
        this.channel = channel;
    }

    /// The bytes written so far.
    long position() {
        return position;
    }

    void i8(int value) throws IOException {
        room(1).put((byte) value);
    }

    void i16(int value) throws IOException {
        room(2).putShort((short) value);
    }

    void i32(int value) throws IOException {
        room(4).putInt(value);
    }

    void i64(long value) throws IOException {
        room(8).putLong(value);
    }

    /// A length of 8 bytes, then the bytes.
    void string(byte[] utf8) throws IOException {
        i64(utf8.length);
        memory(MemorySegment.ofArray(utf8));
    }

    void memory(MemorySegment source) throws IOException {
        if (source.isNative()) {
            for (long done = 0; done < source.byteSize(); done += CHUNK) {
                bytes(source.asSlice(done, Math.min(CHUNK, source.byteSize() - done))
                        .asByteBuffer());
            }
            return;
        }
        MemorySegment target = MemorySegment.ofArray(buffer.array());
        for (long done = 0; done < source.byteSize(); ) {
            int part = (int) Math.min(BUFFER, source.byteSize() - done);
            room(part);
            MemorySegment.copy(source, done, target, buffer.position(), part);
            buffer.position(buffer.position() + part);
            done += part;
        }
    }

    /// The remaining bytes of a buffer.
    void bytes(ByteBuffer source) throws IOException {
        int size = source.remaining();
        if (size <= buffer.remaining()) {
            buffer.put(source);
        } else {
            flush();
            drain(source);
        }
        position += size;
    }

    /// Zeros up to the next multiple of the alignment.
    void pad(long alignment) throws IOException {
        while (position % alignment != 0) {
            i8(0);
        }
    }

    /// A value without its type, as it also stands in arrays.
    void value(GgufValue value) throws IOException {
        switch (value) {
            case GgufValue.Int(GgufType type, long number) -> {
                switch (type.byteSize()) {
                    case 1 -> i8((int) number);
                    case 2 -> i16((int) number);
                    case 4 -> i32((int) number);
                    default -> i64(number);
                }
            }
            case GgufValue.Float32(float number) -> i32(Float.floatToRawIntBits(number));
            case GgufValue.Float64(double number) -> i64(Double.doubleToRawLongBits(number));
            case GgufValue.Bool(boolean truth) -> i8(truth ? 1 : 0);
            case GgufText text -> string(text.utf8());
            case GgufArray array -> {
                i32(array.elementType().id());
                i64(array.size());
                memory(array.encoded());
            }
        }
    }

    /// Hands everything to the channel.
    void flush() throws IOException {
        drain(buffer.flip());
        buffer.clear();
    }

    private ByteBuffer room(int size) throws IOException {
        if (buffer.remaining() < size) {
            flush();
        }
        position += size;
        return buffer;
    }

    private void drain(ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            channel.write(source);
        }
    }
}
