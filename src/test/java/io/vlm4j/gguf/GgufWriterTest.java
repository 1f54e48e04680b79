package io.vlm4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.vlm4j.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GgufWriterTest {
    @TempDir
    Path folder;

    static List<Path> goldenFiles() {
        return List.of(
                GoldenFiles.gguf("every-type.gguf"),
                GoldenFiles.gguf("written-by-ggml.gguf"),
                GoldenFiles.llava("llava-f32.gguf"),
                GoldenFiles.llava("llava-mmproj.gguf"));
    }

    @ParameterizedTest
    @MethodSource("goldenFiles")
    void unchangedCopyEqualsTheOriginalByteForByte(Path original) throws IOException {
        Path copy = folder.resolve("copy.gguf");
        try (GgufFile file = GgufFile.open(original)) {
            GgufWriter.copyOf(file).write(copy);
        }
        assertThat(Files.mismatch(original, copy)).isEqualTo(-1);
    }

    @Test
    void copyKeepsVersionAndTheEndOfAFileWithoutTensors() throws IOException {
        for (int padding : new int[] {0, 7}) {
            byte[] original = new GgufBytes()
                    .text("GGUF")
                    .i32(2)
                    .i64(0)
                    .i64(1)
                    .string("k")
                    .i32(GgufBytes.BOOL)
                    .i8(1)
                    .text("\0".repeat(padding == 0 ? 0 : 64 - 38))
                    .segment()
                    .toArray(ValueLayout.JAVA_BYTE);
            Path path = Files.write(folder.resolve("original.gguf"), original);
            Path copy = folder.resolve("copy.gguf");
            try (GgufFile file = GgufFile.open(path)) {
                GgufWriter.copyOf(file).write(copy);
            }
            assertThat(copy).hasBinaryContent(original);
        }
    }

    @Test
    void editsKeysAndTensorsInPlace() {
        Path path = folder.resolve("edited.gguf");
        try (GgufFile file = GgufFile.open(GoldenFiles.gguf("every-type.gguf"))) {
            List<String> keys = List.copyOf(file.metadata().keySet());
            GgufWriter.copyOf(file)
                    .put("text", "changed")
                    .put("new", GgufValue.i32(5))
                    .remove("u8")
                    .remove("absent")
                    .removeTensor("type.f16")
                    .removeTensor("absent")
                    .tensor("rank.2", GgmlType.I8, Shape.of(3), MemorySegment.ofArray(new byte[] {1, 2, 3}))
                    .write(path);
            try (GgufFile edited = GgufFile.open(path)) {
                assertThat(edited.metadata().keySet())
                        .containsExactlyElementsOf(Stream.concat(keys.stream(), Stream.of("new"))
                                .filter(key -> !key.equals("u8"))
                                .toList());
                assertThat(edited.string("text")).contains("changed");
                assertThat(edited.value("array.nested")).isEqualTo(file.value("array.nested"));
                assertThat(edited.tensors().keySet())
                        .containsExactlyElementsOf(file.tensors().keySet().stream()
                                .filter(name -> !name.equals("type.f16"))
                                .toList());
                assertThat(edited.toTensor("rank.2").toIntArray()).containsExactly(1, 2, 3);
                for (GgufTensor tensor : edited.tensors().values()) {
                    if (!tensor.name().equals("rank.2")) {
                        GgufTensor before = file.tensor(tensor.name()).orElseThrow();
                        assertThat(edited.data(tensor).mismatch(file.data(before)))
                                .as(tensor.name())
                                .isEqualTo(-1);
                    }
                }
            }
        }
    }

    @Test
    void replacesTheFileThatItReads() throws IOException {
        Path path = Files.copy(GoldenFiles.gguf("every-type.gguf"), folder.resolve("model.gguf"));
        try (GgufFile file = GgufFile.open(path)) {
            GgufWriter.copyOf(file).put("text", "changed").write(path);
            assertThat(file.toTensor("rank.1").toFloatArray()).containsExactly(0, 1);
        }
        try (GgufFile file = GgufFile.open(path)) {
            assertThat(file.string("text")).contains("changed");
        }
        assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
    }

    @Test
    void alignsDataAsTheMetadataSay() {
        Path path = folder.resolve("aligned.gguf");
        GgufWriter.create()
                .put("general.alignment", GgufValue.u32(4096))
                .tensor("a", GgmlType.I8, Shape.of(1), MemorySegment.ofArray(new byte[] {1}))
                .tensor("b", GgmlType.I8, Shape.of(1), MemorySegment.ofArray(new byte[] {2}))
                .write(path);
        try (GgufFile file = GgufFile.open(path)) {
            assertThat(file.dataOffset()).isEqualTo(4096);
            assertThat(file.tensor("b").orElseThrow().offset()).isEqualTo(4096);
            assertThat(file.toTensor("b").toIntArray()).containsExactly(2);
            assertThat(file.byteSize()).isEqualTo(3 * 4096);
        }
    }

    @Test
    void streamsTensorsLargerThanItsBuffer() {
        Path path = folder.resolve("streamed.gguf");
        int rows = 1000;
        GgufWriter.create()
                .tensor("t", GgmlType.I32, Shape.of(rows, 97), channel -> {
                    for (int row = 0; row < rows; row++) {
                        ByteBuffer buffer = ByteBuffer.allocate(97 * 4);
                        buffer.put((byte) row).clear();
                        assertThat(channel.write(buffer)).isEqualTo(97 * 4);
                        assertThat(buffer.hasRemaining()).isFalse();
                    }
                })
                .tensor("heap", GgmlType.F32, Shape.of(100_000), MemorySegment.ofArray(floats(100_000)))
                .write(path);
        try (GgufFile file = GgufFile.open(path)) {
            assertThat(file.toTensor("t").slice(999).toIntArray()[0]).isEqualTo(999 & 0xFF);
            assertThat(file.toTensor("heap").toFloatArray()).containsExactly(floats(100_000));
        }
    }

    private static float[] floats(int size) {
        float[] floats = new float[size];
        for (int i = 0; i < size; i++) {
            floats[i] = i;
        }
        return floats;
    }

    @Test
    void refusesSourcesThatWriteTooLittleOrTooMuchAndLeavesNothing() throws IOException {
        Path path = Files.writeString(folder.resolve("model.gguf"), "before");
        for (int size : new int[] {0, 3, 5}) {
            GgufWriter writer = GgufWriter.create()
                    .tensor("t", GgmlType.I8, Shape.of(4), channel -> channel.write(ByteBuffer.allocate(size)));
            assertThatIllegalStateException()
                    .isThrownBy(() -> writer.write(path))
                    .withMessageContaining("'t'");
        }
        assertThat(path).hasContent("before");
        assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
    }

    @Test
    void sourceThatGivesUpLeavesTheOldFile() throws IOException {
        Path path = Files.writeString(folder.resolve("model.gguf"), "before");
        GgufWriter writer = GgufWriter.create().tensor("t", GgmlType.I8, Shape.of(4), channel -> {
            throw new IOException("gave up");
        });
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> writer.write(path))
                .withMessageContainingAll("model.gguf", "gave up");
        assertThat(path).hasContent("before");
        assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
    }

    @Test
    void namesTheFileThatCannotBeWritten() {
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> GgufWriter.create().write(folder.resolve("none/model.gguf")))
                .withMessageContaining("model.gguf");
    }

    @Test
    void closedSourceFileIsMisuse() {
        GgufFile file = GgufFile.open(GoldenFiles.gguf("every-type.gguf"));
        GgufWriter writer = GgufWriter.copyOf(file);
        file.close();
        assertThatIllegalStateException().isThrownBy(() -> writer.write(folder.resolve("model.gguf")));
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void refusesBadKeysNamesAndSizesAtOnce() {
        GgufWriter writer = GgufWriter.create();
        MemorySegment four = MemorySegment.ofArray(new byte[4]);
        assertThatIllegalArgumentException().isThrownBy(() -> writer.put("", "x"));
        assertThatIllegalArgumentException().isThrownBy(() -> writer.put("k".repeat(65_536), "x"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.put("general.alignment", GgufValue.u32(48)))
                .withMessageContaining("48");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.put("general.alignment", GgufValue.i32(32)))
                .withMessageContaining("I32");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.tensor("n".repeat(64), GgmlType.I8, Shape.of(4), four))
                .withMessageContaining("63");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.tensor("t", GgmlType.I8, Shape.of(5), four))
                .withMessageContainingAll("'t'", "5 bytes", "not 4");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.tensor("t", GgmlType.Q4_0, Shape.of(33), channel -> {}))
                .withMessageContaining("33");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.tensor("t", GgmlType.I8, Shape.of(1, 1, 1, 1, 4), four))
                .withMessageContaining("4 dimensions");
    }

    @Test
    void writesNativeMemoryAndIsRepeatable() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(64);
            memory.fill((byte) 5);
            GgufWriter writer = GgufWriter.create().put("k", "v").tensor("t", GgmlType.I64, Shape.of(8), memory);
            Path first = folder.resolve("first.gguf");
            Path second = folder.resolve("second.gguf");
            writer.write(first);
            writer.write(second);
            assertThat(Files.mismatch(first, second)).isEqualTo(-1);
            try (GgufFile file = GgufFile.open(first)) {
                assertThat(file.toTensor("t").toLongArray()).containsOnly(0x0505050505050505L);
            }
        }
    }
}
