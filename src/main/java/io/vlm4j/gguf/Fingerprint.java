package io.vlm4j.gguf;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// What tells one GGUF file from another without reading gigabytes: a SHA-256 of its size, everything before the tensor
/// data, and blocks spread evenly over the data. Another training of the same model differs in nearly every block.
final class Fingerprint {
    private static final int BLOCKS = 128;
    private static final int BLOCK = 4096;

    private Fingerprint() {}

    static String of(MemorySegment file, long dataOffset) {
        MessageDigest digest = sha256();
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(file.byteSize()).flip());
        add(file, 0, Math.min(dataOffset, file.byteSize()), digest);
        long data = file.byteSize() - dataOffset;
        if (data <= (long) BLOCKS * BLOCK) {
            add(file, dataOffset, Math.max(0, data), digest);
        } else {
            for (int i = 0; i < BLOCKS; i++) {
                add(file, dataOffset + (data - BLOCK) / (BLOCKS - 1) * i, BLOCK, digest);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void add(MemorySegment file, long offset, long length, MessageDigest digest) {
        for (long done = 0; done < length; done += 1 << 30) { // a ByteBuffer holds no more than 2 GiB
            long count = Math.min(1 << 30, length - done);
            digest.update(file.asSlice(offset + done, count).asByteBuffer());
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java runtime has SHA-256", e);
        }
    }
}
