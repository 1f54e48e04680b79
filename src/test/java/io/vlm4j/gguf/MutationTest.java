package io.vlm4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.Vlm4jException.InvalidFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Damages good files in many seeded ways. Each either still reads, down to the last value, or is refused as an
/// [InvalidFile]; anything else fails the test with the seed's round in the message.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class MutationTest {
    private static final int ROUNDS = 5000;
    private static final long SEED = 20261124;
    private static final Duration MOST_PER_FILE = Duration.ofSeconds(5);
    private static final long[] EXTREMES = {
        0,
        1,
        7,
        8,
        9,
        63,
        64,
        255,
        256,
        65_535,
        1L << 31,
        (1L << 32) - 1,
        1L << 32,
        1L << 40,
        1L << 62,
        Long.MAX_VALUE,
        Long.MAX_VALUE - 31,
        Long.MIN_VALUE,
        -1,
        -32
    };

    @Test
    void mutatedGgufFilesAreReadOrRefused() throws IOException {
        Path path = GoldenFiles.gguf("every-type.gguf");
        int readable = mutate(path, 6000, MutationTest::readGguf);
        assertThat(readable).isBetween(ROUNDS / 20, ROUNDS * 19 / 20);
    }

    @Test
    void mutatedModelsAreReadOrRefused() throws IOException {
        int readable = mutate(GoldenFiles.llava("llava-f32.gguf"), 14_000, MutationTest::readGguf);
        assertThat(readable).isBetween(ROUNDS / 20, ROUNDS * 19 / 20);
    }

    @Test
    void mutatedSafetensorsFilesAreReadOrRefused() throws IOException {
        Path path = GoldenFiles.gguf("every-dtype.safetensors");
        int readable = mutate(path, (int) Files.size(path), MutationTest::readSafetensors);
        assertThat(readable).isBetween(ROUNDS / 20, ROUNDS * 19 / 20);
    }

    private interface Reader {
        void read(MemorySegment memory);
    }

    /// The number of mutated files that could still be read.
    private static int mutate(Path path, int head, Reader reader) throws IOException {
        byte[] original = Files.readAllBytes(path);
        byte[] mutated = original.clone();
        SplittableRandom random = new SplittableRandom(SEED);
        int readable = 0;
        for (int round = 0; round < ROUNDS; round++) {
            int length = original.length;
            for (int i = random.nextInt(3); i >= 0; i--) {
                length = Math.min(length, mutateOnce(mutated, head, random));
            }
            long start = System.nanoTime();
            try {
                reader.read(MemorySegment.ofArray(mutated).asSlice(0, length));
                readable++;
            } catch (InvalidFile e) {
                assertThat(e.getMessage()).as("round %s", round).startsWith("mutated");
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
                throw new AssertionError("seed " + SEED + ", round " + round + " of " + path, e);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("round %s", round)
                    .isLessThan(MOST_PER_FILE);
            System.arraycopy(original, 0, mutated, 0, Math.min(original.length, head + 8));
        }
        return readable;
    }

    /// Changes something in the head of the file, and returns the new length.
    private static int mutateOnce(byte[] file, int head, SplittableRandom random) {
        int at = random.nextInt(Math.min(head, file.length - 8));
        MemorySegment memory = MemorySegment.ofArray(file);
        switch (random.nextInt(6)) {
            case 0 -> file[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> file[at] = (byte) random.nextInt(256);
            case 2 -> memory.set(Cursor.LONG, at, EXTREMES[random.nextInt(EXTREMES.length)]);
            case 3 -> memory.set(Cursor.INT, at, (int) EXTREMES[random.nextInt(EXTREMES.length)]);
            case 4 -> MemorySegment.copy(memory, random.nextInt(Math.min(head, file.length - 8)), memory, at, 8);
            default -> {
                return random.nextInt(4) == 0 ? random.nextInt(file.length) : file.length;
            }
        }
        return file.length;
    }

    private static void readGguf(MemorySegment memory) {
        try (GgufFile file = GgufFile.of(Path.of("mutated.gguf"), memory)) {
            file.metadata().values().forEach(MutationTest::readValue);
            for (GgufTensor tensor : file.tensors().values()) {
                assertThat(file.data(tensor).byteSize()).isEqualTo(tensor.byteSize());
                if (!tensor.type().isQuantized()) {
                    assertThat(file.toTensor(tensor.name())).asString().startsWith("Tensor[");
                }
            }
            assertThat(file.parameterCount()).isNotNegative();
            assertThat(file.split()).isNotNull();
        }
    }

    private static void readValue(GgufValue value) {
        assertThat(value.toString()).isNotNull();
        if (value instanceof GgufArray array) {
            assertThat(array.asList()).hasSize(array.size());
            array.asList().forEach(MutationTest::readValue);
        }
    }

    private static void readSafetensors(MemorySegment memory) {
        try (Safetensors file = Safetensors.of(Path.of("mutated.safetensors"), memory)) {
            for (String name : file.names()) {
                readTensor(file, name);
            }
        }
    }

    /// Types without a counterpart are refused only here, and the good file has one.
    private static void readTensor(Safetensors file, String name) {
        try {
            MemorySegment data = file.tensor(name).segment();
            assertThat(data.toArray(ValueLayout.JAVA_BYTE)).hasSize((int) data.byteSize());
        } catch (InvalidFile e) {
            assertThat(e.getMessage()).startsWith("mutated").contains("does not read");
        }
    }
}
