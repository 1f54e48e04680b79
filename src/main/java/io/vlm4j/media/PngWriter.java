package io.vlm4j.media;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/// Writes 8-bit RGB pixels as PNG, without loss (W3C PNG, third edition; rows unfiltered). For pictures that came
/// as raw pixels and must travel in a text; `javax.imageio` would do it, but is not on every machine.
final class PngWriter {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int CHANNELS = 3;

    private PngWriter() {}

    static byte[] write(Pixels pixels) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(SIGNATURE);
        byte[] header = ByteBuffer.allocate(13)
                .putInt(pixels.width())
                .putInt(pixels.height())
                .put((byte) 8) // bits a sample
                .put((byte) 2) // RGB
                .array(); // deflate, the usual filters, not interlaced: zeros
        chunk("IHDR", header, out);
        chunk("IDAT", rows(pixels), out);
        chunk("IEND", new byte[0], out);
        return out.toByteArray();
    }

    private static byte[] rows(Pixels pixels) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        MemorySegment segment = pixels.segment();
        byte[] row = new byte[1 + pixels.width() * CHANNELS]; // the first byte is the filter: none
        try (DeflaterOutputStream out = new DeflaterOutputStream(compressed, deflater)) {
            for (int y = 0; y < pixels.height(); y++) {
                MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, (long) y * (row.length - 1), row, 1, row.length - 1);
                out.write(row);
            }
        } catch (IOException e) {
            throw new AssertionError("memory cannot fail to be written", e);
        } finally {
            deflater.end();
        }
        return compressed.toByteArray();
    }

    private static void chunk(String type, byte[] data, ByteArrayOutputStream out) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 checksum = new CRC32();
        checksum.update(name);
        checksum.update(data);
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(data.length).array());
        out.writeBytes(name);
        out.writeBytes(data);
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES)
                .putInt((int) checksum.getValue())
                .array());
    }
}
