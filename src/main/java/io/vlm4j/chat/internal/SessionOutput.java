package io.vlm4j.chat.internal;

import io.vlm4j.inference.internal.Contents;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// Writes the parts of a [SessionFile], and at the end their checksum.
final class SessionOutput {
    private static final int AT_ONCE = 1 << 26;

    private final WritableByteChannel channel;
    private final MessageDigest digest = sha256();

    SessionOutput(WritableByteChannel channel) {
        this.channel = channel;
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java runtime has SHA-256", e);
        }
    }

    void magic() throws IOException {
        write(ByteBuffer.wrap(SessionFile.MAGIC));
        write(littleEndian(Integer.BYTES).putInt(SessionFile.VERSION).flip());
    }

    void section(byte[] bytes) throws IOException {
        length(bytes.length);
        write(ByteBuffer.wrap(bytes));
    }

    /// The cells' tokens; 0 in the place of media, which the header has.
    void section(Contents contents) throws IOException {
        ByteBuffer cells = littleEndian(Math.multiplyExact(contents.size(), Integer.BYTES));
        for (int i = 0; i < contents.size(); i++) {
            cells.putInt(Math.max(0, contents.cell(i)));
        }
        length(cells.position());
        write(cells.flip());
    }

    void section(MemorySegment bytes) throws IOException {
        length(bytes.byteSize());
        for (long at = 0; at < bytes.byteSize(); at += AT_ONCE) {
            write(bytes.asSlice(at, Math.min(AT_ONCE, bytes.byteSize() - at)).asByteBuffer());
        }
    }

    void digest() throws IOException {
        ByteBuffer checksum = ByteBuffer.wrap(digest.digest());
        while (checksum.hasRemaining()) {
            channel.write(checksum);
        }
    }

    private void length(long bytes) throws IOException {
        write(littleEndian(Long.BYTES).putLong(bytes).flip());
    }

    private void write(ByteBuffer bytes) throws IOException {
        digest.update(bytes.duplicate());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static ByteBuffer littleEndian(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
