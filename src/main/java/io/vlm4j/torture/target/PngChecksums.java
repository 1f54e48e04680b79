package io.vlm4j.torture.target;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/// Makes the checksums of a damaged PNG right again, so that its damage is looked at.
final class PngChecksums {
    private static final int SIGNATURE = 8;
    private static final int FRAME = 12;
    private static final long MAGIC = 0x8950_4E47_0D0A_1A0AL;

    private PngChecksums() {}

    /// @param file of any kind; another one is given back as it is
    static byte[] repaired(byte[] file) {
        ByteBuffer buffer = ByteBuffer.wrap(file);
        if (file.length < SIGNATURE || buffer.getLong(0) != MAGIC) {
            return file;
        }
        int at = SIGNATURE;
        while (at + FRAME <= file.length) {
            int length = buffer.getInt(at);
            if (length < 0 || length > file.length - at - FRAME) {
                break;
            }
            CRC32 sum = new CRC32();
            sum.update(file, at + 4, length + 4);
            buffer.putInt(at + 8 + length, (int) sum.getValue());
            at += FRAME + length;
        }
        return file;
    }
}
