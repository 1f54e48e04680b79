package io.vlm4j.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.tensor.Shape;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// What opening weights costs, and refuses.
@Tag("native")
class MappedWeightsTest {
    private static final int GIBIBYTE_TENSORS = 64;

    @TempDir
    private Path folder;

    @Test
    @EnabledOnOs(OS.LINUX) // where the kernel says what is resident
    void openingAGibibyteReadsNextToNothing() throws IOException {
        Path path = folder.resolve("large.gguf");
        GgufWriter writer = GgufWriter.create().put("general.architecture", "test");
        ByteBuffer megabyte = ByteBuffer.allocate(1 << 20);
        for (int i = 0; i < GIBIBYTE_TENSORS; i++) {
            writer.tensor("blk." + i + ".attn_q.weight", GgmlType.F32, Shape.of(2048, 2048), channel -> {
                for (int j = 0; j < 16; j++) {
                    channel.write(megabyte.clear());
                }
            });
        }
        writer.write(path);
        Weights.open(TestModels.tinyLlava()).close(); // libraries and classes are loaded

        long before = residentKilobytes();
        try (Weights weights = Weights.open(path)) {
            long growth = residentKilobytes() - before;

            assertThat(Files.size(path)).isGreaterThan(1L << 30);
            assertThat(weights.copiedBytes()).isZero();
            assertThat(growth).as("kilobytes").isLessThan(50_000);
        }
    }

    private static long residentKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aPartOfAModelIsRefused() {
        Path path = folder.resolve("part.gguf");
        try (GgufFile whole = GgufFile.open(TestModels.tinyLlava())) {
            GgufWriter.copyOf(whole)
                    .put("split.no", GgufValue.u32(0))
                    .put("split.count", GgufValue.u32(2))
                    .put("split.tensors.count", GgufValue.i32(60))
                    .write(path);
        }

        assertThatExceptionOfType(Vlm4jException.InvalidFile.class)
                .isThrownBy(() -> Weights.open(path))
                .withMessageContaining("part of a model");
    }

    @Test
    void tensorsThatAreNotAlignedAreCopied() {
        Path path = folder.resolve("unaligned.gguf");
        GgufWriter.create()
                .put("general.architecture", "test")
                .put("general.alignment", GgufValue.u32(8))
                .tensor("a", GgmlType.F32, Shape.of(2), MemorySegment.ofArray(new float[2]))
                .tensor("b", GgmlType.F32, Shape.of(2), MemorySegment.ofArray(new float[2]))
                .tensor("c", GgmlType.F32, Shape.of(2), MemorySegment.ofArray(new float[2]))
                .write(path);

        try (Weights weights = Weights.open(path)) {
            assertThat(weights.copiedBytes()).isPositive();
        }
    }
}
