package io.vlm4j.model.internal;

import io.vlm4j.tensor.Shape;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/// The file of one encoding: 64 bytes that say what it must be (magic, format, element type, rows, columns, hash of the
/// key), the CRC-32C of those and the data as 8 bytes, then the data. Everything is little-endian.
final class EmbeddingFile {
    static final int HEADER = 72;

    private static final byte[] MAGIC = "VLM4JEMB".getBytes(StandardCharsets.US_ASCII);
    private static final int FORMAT = 1;
    private static final int F32 = 0;
    private static final int DESCRIPTION = 64;
    private static final int AT_ONCE = 1 << 30; // a ByteBuffer holds no more than 2 GiB

    private EmbeddingFile() {}

    static String name(byte[] key) {
        return HexFormat.of().formatHex(key) + ".embedding";
    }

    static void write(FileChannel channel, byte[] key, Shape shape, MemorySegment data) throws IOException {
        ByteBuffer header = description(key, shape);
        header.limit(HEADER).putLong(DESCRIPTION, checksum(header.slice(0, DESCRIPTION), data));
        writeAll(channel, header);
        for (long at = 0; at < data.byteSize(); at += AT_ONCE) {
            writeAll(channel, part(data, at));
        }
    }

    private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /// Fills `data` from the file.
    ///
    /// @return whether the file is whole, undamaged and that of this key; if not, `data` holds anything
    static boolean read(FileChannel channel, byte[] key, Shape shape, MemorySegment data) throws IOException {
        if (channel.size() != HEADER + data.byteSize()) {
            return false;
        }
        ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer expected = description(key, shape);
        try {
            readAll(channel, header);
            if (!header.slice(0, DESCRIPTION).equals(expected)) {
                return false;
            }
            for (long at = 0; at < data.byteSize(); at += AT_ONCE) {
                readAll(channel, part(data, at));
            }
        } catch (EOFException e) {
            return false; // cut since its size was asked for
        }
        return header.getLong(DESCRIPTION) == checksum(expected, data);
    }

    private static void readAll(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.read(bytes) < 0) {
                throw new EOFException();
            }
        }
    }

    /// The first 64 bytes, ready to be read.
    private static ByteBuffer description(byte[] key, Shape shape) {
        return ByteBuffer.allocate(HEADER)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC)
                .putInt(FORMAT)
                .putInt(F32)
                .putLong(shape.dim(0))
                .putLong(shape.dim(1))
                .put(key)
                .flip();
    }

    private static long checksum(ByteBuffer description, MemorySegment data) {
        CRC32C checksum = new CRC32C();
        checksum.update(description.duplicate());
        for (long at = 0; at < data.byteSize(); at += AT_ONCE) {
            checksum.update(part(data, at));
        }
        return checksum.getValue();
    }

    private static ByteBuffer part(MemorySegment data, long at) {
        return data.asSlice(at, Math.min(AT_ONCE, data.byteSize() - at)).asByteBuffer();
    }
}
