package io.vlm4j.model.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.tensor.Shape;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Headers that would fail an assertion or dereference NULL in native code, refused by what they say.
class HeaderChecksTest {
    private static final String TOKENS = "tokenizer.ggml.tokens";

    @TempDir
    private Path folder;

    @Test
    void healthyFilesPass() {
        assertThat(GgufHeader.architecture(TestModels.bundled())).isEqualTo("llama");
        assertThat(GgufHeader.architecture(TestModels.bundledProjector())).isEqualTo("clip");
        assertThat(GgufHeader.architecture(TestModels.tinyLlava())).isEqualTo("llama");
        assertThat(GgufHeader.architecture(TestModels.tinyLlavaProjector())).isEqualTo("clip");
    }

    @ParameterizedTest
    @CsvSource({
        "embedding_length, 0",
        "embedding_length, 255",
        "attention.head_count, 0",
        "attention.head_count, 3",
        "attention.head_count, 4294967295",
        "block_count, 7",
        "block_count, 2147483647",
        "patch_size, 0",
        "patch_size, 1",
        "patch_size, 113",
        "image_size, 126",
        "image_size, 65537",
        "feed_forward_length, 4294967295"
    })
    void aSizeThatContradictsTheTensorsIsRefused(String key, long value) {
        Path path = projector(writer -> writer.put("clip.vision." + key, GgufValue.u32(value)));

        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> GgufHeader.architecture(path))
                .withMessageContaining(path.toString())
                .withMessageMatching("(?s).*(clip\\.vision\\.|tensor ').*");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v.patch_embd.weight",
                "v.position_embd.weight",
                "v.pre_ln.weight",
                "v.blk.0.attn_q.weight",
                "v.blk.5.attn_v.weight",
                "v.blk.3.attn_out.weight",
                "v.blk.2.ffn_down.weight",
                "mm.0.weight",
                "mm.0.bias",
                "mm.2.weight",
                "mm.2.bias"
            })
    void aTensorThatIsMissingOrOfAnotherSizeIsRefusedByName(String name) {
        Path missing = projector(writer -> writer.removeTensor(name));
        Path other = projector(writer ->
                writer.removeTensor(name).tensor(name, GgmlType.F32, Shape.of(3), MemorySegment.ofArray(new float[3])));

        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> GgufHeader.architecture(missing))
                .withMessageContaining("'" + name + "' is missing");
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> GgufHeader.architecture(other))
                .withMessageContaining(name.substring(0, name.lastIndexOf('.')));
    }

    @Test
    void tilesThatNoPictureHasAreRefused() {
        for (long[] grid : List.of(new long[] {0, 112}, new long[] {-1, 112}, new long[] {1 << 15, 1 << 15})) {
            Path path = projector(
                    writer -> writer.put("clip.vision.image_grid_pinpoints", GgufValue.integers(GgufType.I32, grid)));

            assertThatExceptionOfType(InvalidFile.class)
                    .isThrownBy(() -> GgufHeader.architecture(path))
                    .withMessageContaining("image_grid_pinpoints");
        }
    }

    @Test
    void tokensThatAreTheSameAreNamed() {
        Path twice = vocabulary(tokens -> tokens.set(300, tokens.get(301)));
        Path cutAtNul = vocabulary(tokens -> tokens.set(300, tokens.get(301) + "\0rest"));
        Path nameOfAnEmptyOne = vocabulary(tokens -> {
            tokens.set(300, "");
            tokens.set(301, "[EMPTY_300]");
        });

        for (Path path : List.of(twice, cutAtNul, nameOfAnEmptyOne)) {
            assertThatExceptionOfType(InvalidFile.class)
                    .isThrownBy(() -> GgufHeader.architecture(path))
                    .withMessageContaining("tokens 300 and 301 are the same");
        }
        assertThat(GgufHeader.architecture(vocabulary(tokens -> tokens.set(300, ""))))
                .isEqualTo("llama");
    }

    @Test
    void sizesOfTextModelsAreBounded() {
        for (String key : List.of("block_count", "embedding_length", "context_length")) {
            Path path = folder.resolve("size.gguf");
            try (GgufFile file = GgufFile.open(TestModels.bundled())) {
                GgufWriter.copyOf(file).put("llama." + key, GgufValue.u32(0)).write(path);
            }
            assertThatExceptionOfType(InvalidFile.class)
                    .isThrownBy(() -> GgufHeader.architecture(path))
                    .withMessageContaining("llama." + key + " is 0");
        }
    }

    private Path projector(Consumer<GgufWriter> change) {
        Path path = folder.resolve("projector" + System.nanoTime() + ".gguf");
        try (GgufFile file = GgufFile.open(TestModels.bundledProjector())) {
            GgufWriter writer = GgufWriter.copyOf(file);
            change.accept(writer);
            writer.write(path);
        }
        return path;
    }

    private Path vocabulary(Consumer<List<String>> change) {
        Path path = folder.resolve("vocabulary" + System.nanoTime() + ".gguf");
        try (GgufFile file = GgufFile.open(TestModels.bundled())) {
            List<String> tokens =
                    new ArrayList<>(file.value(TOKENS).orElseThrow().asStrings());
            change.accept(tokens);
            GgufWriter.copyOf(file).put(TOKENS, GgufValue.strings(tokens)).write(path);
        }
        return path;
    }
}
