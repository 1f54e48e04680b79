package io.vlm4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files of tensors for other programs: safetensors is read back by our strict reader, `.npy` is what NumPy itself
/// writes, byte for byte.
class TensorWritersTest {
    @TempDir
    private Path folder;

    @Test
    void safetensorsAreReadBack() {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("b.weight", Tensor.ofFloats(Shape.of(2, 3), 1, -2, 3.5f, 0, Float.MIN_VALUE, 1e30f));
        tensors.put("a \"quoted\\\" name, ü\n", Tensor.ofInts(Shape.of(2), 7, -8));
        tensors.put("scalar", Tensor.ofFloats(Shape.of(), 0.25f));
        tensors.put("empty", Tensor.ofFloats(Shape.of(0, 4)));
        tensors.put("bytes", Tensor.ofBytes(Shape.of(3), (byte) 1, (byte) 2, (byte) 255));
        Path file = folder.resolve("t.safetensors");

        SafetensorsWriter.write(file, tensors, Map.of("format", "pt"));

        try (Safetensors read = Safetensors.open(file)) {
            assertThat(read.names()).containsExactlyElementsOf(tensors.keySet());
            assertThat(read.metadata()).containsExactly(Map.entry("format", "pt"));
            tensors.forEach((name, tensor) -> {
                assertThat(read.tensor(name).dtype()).isEqualTo(tensor.dtype());
                assertThat(read.tensor(name).shape()).isEqualTo(tensor.shape());
                assertThat(read.tensor(name).segment().mismatch(tensor.segment()))
                        .isEqualTo(-1);
            });
        }
    }

    @Test
    void aFileOfNoTensorsIsAFile() {
        Path file = folder.resolve("none.safetensors");

        SafetensorsWriter.write(file, new LinkedHashMap<>(), Map.of());

        try (Safetensors read = Safetensors.open(file)) {
            assertThat(read.names()).isEmpty();
        }
    }

    @Test
    void theNameOfTheMetadataIsRefused() {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("__metadata__", Tensor.ofFloats(Shape.of(1), 1));

        assertThatThrownBy(() -> SafetensorsWriter.write(folder.resolve("x"), tensors, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("__metadata__");
        assertThat(folder).isEmptyDirectory();
    }

    /// The header as `numpy.save` of NumPy 2.4 writes it for these.
    @Test
    void npyFilesAreNumpysOwn() throws IOException {
        assertNpy(
                Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6),
                "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
                24);
        assertNpy(Tensor.ofInts(Shape.of(3), 1, 2, 3), "{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }", 12);
        assertNpy(Tensor.ofFloats(Shape.of(), 2), "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", 4);
        assertNpy(
                Tensor.of(DType.U8, Shape.of(1, 2), MemorySegment.ofArray(new byte[] {5, 6})),
                "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }",
                2);
    }

    private void assertNpy(Tensor tensor, String header, int dataBytes) throws IOException {
        Path file = folder.resolve("t.npy");
        NpyWriter.write(file, tensor);

        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes).startsWith(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0);
        int length = buffer.getShort(8);
        assertThat(length).isEqualTo(118); // as numpy.save pads these
        String text = new String(bytes, 10, length, StandardCharsets.US_ASCII);
        assertThat(text).startsWith(header).endsWith("\n").hasSize(length);
        assertThat(text.substring(header.length()).strip()).isEmpty();
        assertThat(bytes.length - 10 - length).isEqualTo(dataBytes);
        assertThat(MemorySegment.ofArray(bytes).asSlice(10L + length).mismatch(tensor.segment()))
                .isEqualTo(-1);
    }

    @Test
    void whatNumpyDoesNotHaveIsRefused() {
        Tensor brain = Tensor.of(DType.BF16, Shape.of(1), MemorySegment.ofArray(new byte[2]));

        assertThatThrownBy(() -> NpyWriter.write(folder.resolve("x.npy"), brain))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bfloat16");
    }

    @Test
    void aFolderThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> NpyWriter.write(folder.resolve("no/x.npy"), Tensor.ofFloats(Shape.of(1), 1)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("x.npy");
    }
}
