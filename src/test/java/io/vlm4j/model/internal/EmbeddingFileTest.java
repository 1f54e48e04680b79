package io.vlm4j.model.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddingFileTest {
    private static final float[] VALUES = {1.5f, -2, 0, Float.MIN_VALUE, 1e30f, 7};
    private static final Shape SHAPE = Shape.of(2, 3);
    private static final byte[] KEY = Sha256.of("a key");

    @TempDir
    private Path folder;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_FLOAT, VALUES);
    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("file");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            EmbeddingFile.write(channel, KEY, SHAPE, data);
        }
    }

    @AfterEach
    void free() {
        arena.close();
    }

    private boolean read(byte[] key, Shape shape, MemorySegment out) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return EmbeddingFile.read(channel, key, shape, out);
        }
    }

    private boolean read() throws IOException {
        return read(KEY, SHAPE, arena.allocate(ValueLayout.JAVA_FLOAT, VALUES.length));
    }

    @Test
    void whatIsReadIsWhatWasWritten() throws IOException {
        MemorySegment out = arena.allocate(ValueLayout.JAVA_FLOAT, VALUES.length);

        assertThat(read(KEY, SHAPE, out)).isTrue();
        assertThat(out.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(VALUES);
    }

    @Test
    void theFormatIsAsDocumented() throws IOException {
        ByteBuffer expected = ByteBuffer.allocate(72 + 4 * VALUES.length).order(ByteOrder.LITTLE_ENDIAN);
        expected.put("VLM4JEMB".getBytes(StandardCharsets.US_ASCII))
                .putInt(1)
                .putInt(0)
                .putLong(2)
                .putLong(3)
                .put(KEY);
        expected.position(72);
        for (float value : VALUES) {
            expected.putFloat(value);
        }
        CRC32C checksum = new CRC32C();
        checksum.update(expected.slice(0, 64));
        checksum.update(expected.slice(72, 4 * VALUES.length));
        expected.putLong(64, checksum.getValue());

        assertThat(Files.readAllBytes(file)).isEqualTo(expected.array());
    }

    @Test
    void aCutOrLongerFileIsNoEncoding() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThat(read()).as("%d bytes", length).isFalse();
        }
        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        assertThat(read()).isFalse();
    }

    @Test
    void anyFlippedBitIsNoticed() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] damaged = whole.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(file, damaged);
            assertThat(read()).as("bit %d", bit).isFalse();
        }
    }

    @Test
    void theFileOfAnotherKeyOrShapeIsNotTaken() throws IOException {
        MemorySegment out = arena.allocate(ValueLayout.JAVA_FLOAT, VALUES.length);

        assertThat(read(Sha256.of("another key"), SHAPE, out)).isFalse();
        assertThat(read(KEY, Shape.of(3, 2), out)).isFalse();
        assertThat(read(KEY, Shape.of(2, 2), arena.allocate(ValueLayout.JAVA_FLOAT, 4)))
                .isFalse();
    }
}
