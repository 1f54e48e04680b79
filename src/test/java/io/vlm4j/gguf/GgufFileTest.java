package io.vlm4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufFileTest {
    private static final Path EVERY_TYPE = GoldenFiles.gguf("every-type.gguf");

    @TempDir
    Path folder;

    @Test
    void lookUpsAreEmptyForAbsentKeysAndNameTheFileForWrongTypes() {
        try (GgufFile file = GgufFile.open(EVERY_TYPE)) {
            assertThat(file.string("none")).isEmpty();
            assertThat(file.integer("none")).isEmpty();
            assertThat(file.value("none")).isEmpty();
            assertThat(file.tensor("none")).isEmpty();
            assertThat(file.integer("i64")).hasValue(Long.MIN_VALUE);
            assertThat(file.integer("u8")).hasValue(255);
            assertThatExceptionOfType(InvalidFile.class)
                    .isThrownBy(() -> file.string("u8"))
                    .withMessageContainingAll("every-type.gguf", "'u8'", "U8");
            assertThatExceptionOfType(InvalidFile.class)
                    .isThrownBy(() -> file.integer("text"))
                    .withMessageContainingAll("every-type.gguf", "'text'", "STRING");
            assertThatExceptionOfType(InvalidFile.class)
                    .isThrownBy(() -> file.integer("u64"))
                    .withMessageContainingAll("'u64'", "18446744073709551615");
        }
    }

    @Test
    void metadataAndTensorsCannotBeChanged() {
        try (GgufFile file = GgufFile.open(EVERY_TYPE)) {
            assertThat(file.metadata()).isUnmodifiable();
            assertThat(file.tensors()).isUnmodifiable();
            GgufTensor tensor = file.tensors().firstEntry().getValue();
            assertThat(file.data(tensor).isReadOnly()).isTrue();
        }
    }

    @Test
    void plainNumbersBecomeTensorsOutermostDimensionFirst() {
        try (GgufFile file = GgufFile.open(EVERY_TYPE)) {
            Tensor cube = file.toTensor("rank.4");
            assertThat(cube.shape()).isEqualTo(Shape.of(2, 3, 4, 5));
            assertThat(cube.getFloat(1, 2, 3, 4)).isEqualTo(119);
            assertThat(cube.getFloat(0, 0, 1, 0)).isEqualTo(5);
            assertThat(file.toTensor("rank.0").getFloat()).isZero();
            assertThat(file.toTensor("type.bf16").dtype()).isEqualTo(DType.BF16);
            assertThat(file.toTensor("type.i64").toLongArray()).hasSize(2);
        }
    }

    @Test
    void refusesQuantizedUnknownAndForeignTensors() {
        try (GgufFile file = GgufFile.open(EVERY_TYPE)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> file.toTensor("type.q4_k"))
                    .withMessageContaining("q4_K");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> file.toTensor("none"))
                    .withMessageContaining("'none'");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> file.data(new GgufTensor("rank.0", GgmlType.F32, Shape.of(), 0)));
        }
    }

    @Test
    void afterCloseOnlyTheMappedPartsAreGone() {
        GgufFile file = GgufFile.open(EVERY_TYPE);
        GgufValue strings = file.value("array.strings").orElseThrow();
        GgufTensor tensor = file.tensor("rank.0").orElseThrow();
        Tensor view = file.toTensor("rank.0");
        file.close();
        file.close();
        assertThat(file.string("text")).isPresent();
        assertThat(file).asString().contains("every-type.gguf", "version 3", "tensors");
        assertThatIllegalStateException().isThrownBy(strings::asStrings);
        assertThatIllegalStateException().isThrownBy(view::getFloat);
        assertThatIllegalStateException().isThrownBy(() -> file.data(tensor).toArray(Cursor.INT));
    }

    @Test
    void wholeModelIsNoPart() {
        try (GgufFile file = GgufFile.open(EVERY_TYPE)) {
            assertThat(file.split()).isEmpty();
        }
    }

    @Test
    void partSaysWhereTheOthersAre() throws IOException {
        Path path = folder.resolve("big-00002-of-00003.gguf");
        part(1, 3).write(path);
        try (GgufFile file = GgufFile.open(path)) {
            GgufSplit split = file.split().orElseThrow();
            assertThat(split).isEqualTo(new GgufSplit(1, 3, 57));
            assertThat(split.paths(path))
                    .containsExactly(
                            folder.resolve("big-00001-of-00003.gguf"), path, folder.resolve("big-00003-of-00003.gguf"));
            assertThatExceptionOfType(InvalidFile.class)
                    .isThrownBy(() -> split.paths(Path.of("renamed.gguf")))
                    .withMessageContainingAll("renamed.gguf", "-00002-of-00003.gguf");
        }
    }

    @Test
    void refusesAnImpossiblePart() {
        Path path = folder.resolve("big.gguf");
        part(3, 3).write(path);
        try (GgufFile file = GgufFile.open(path)) {
            assertThatExceptionOfType(InvalidFile.class)
                    .isThrownBy(file::split)
                    .withMessageContainingAll("big.gguf", "part 3 of 3");
        }
    }

    private static GgufWriter part(int index, int count) {
        return GgufWriter.create()
                .put("split.no", new GgufValue.Int(GgufType.U16, index))
                .put("split.count", new GgufValue.Int(GgufType.U16, count))
                .put("split.tensors.count", GgufValue.i32(57));
    }
}
