package io.vlm4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Compares with what gguf-py reads from the same files, and checks what only ggml or no other reader handles.
class GgufGoldenTest {
    private static final Map<String, String> PYTHON_NAMES = Map.ofEntries(
            Map.entry("U8", "UINT8"),
            Map.entry("I8", "INT8"),
            Map.entry("U16", "UINT16"),
            Map.entry("I16", "INT16"),
            Map.entry("U32", "UINT32"),
            Map.entry("I32", "INT32"),
            Map.entry("U64", "UINT64"),
            Map.entry("I64", "INT64"),
            Map.entry("F32", "FLOAT32"),
            Map.entry("F64", "FLOAT64"));

    @ParameterizedTest
    @ValueSource(strings = {"every-type", "llava-f32", "llava-mmproj"})
    void readsWhatTheReferenceReads(String name) throws IOException {
        Path path = name.startsWith("llava") ? GoldenFiles.llava(name + ".gguf") : GoldenFiles.gguf(name + ".gguf");
        List<String> expected = Files.readAllLines(GoldenFiles.gguf(name + ".tsv"));
        try (GgufFile file = GgufFile.open(path)) {
            assertThat(file.metadata().entrySet().stream()
                            .filter(entry -> !entry.getKey().matches("text.malformed|array.nested"))
                            .map(entry -> keyLine(entry.getKey(), entry.getValue())))
                    .containsExactlyElementsOf(expected.stream()
                            .filter(line -> line.startsWith("key"))
                            .toList());
            assertThat(file.tensors().values().stream().map(tensor -> tensorLine(file, tensor)))
                    .containsExactlyElementsOf(expected.stream()
                            .filter(line -> line.startsWith("tensor"))
                            .toList());
        }
    }

    private static String keyLine(String key, GgufValue value) {
        if (value instanceof GgufArray array) {
            String joined = array.asList().stream().map(GgufGoldenTest::text).collect(Collectors.joining("\n"));
            String digest = sha256(MemorySegment.ofArray(joined.getBytes(StandardCharsets.UTF_8)));
            return line("key", key, "ARRAY " + pythonName(array.elementType()), array.size(), digest);
        }
        return line("key", key, pythonName(value.type()), 1, text(value).replace("\n", "\\n"));
    }

    private static String tensorLine(GgufFile file, GgufTensor tensor) {
        long position = file.dataOffset() + tensor.offset();
        String digest = sha256(file.data(tensor));
        return line("tensor", tensor.name(), tensor.type().name(), tensor.shape(), position, digest);
    }

    private static String line(Object... parts) {
        return List.of(parts).stream().map(Object::toString).collect(Collectors.joining("\t"));
    }

    private static String text(GgufValue value) {
        return switch (value.type()) {
            case F32, F64 -> String.format("%016x", Double.doubleToLongBits(value.asDouble()));
            default -> value.toString();
        };
    }

    private static String pythonName(GgufType type) {
        return PYTHON_NAMES.getOrDefault(type.name(), type.name());
    }

    private static String sha256(MemorySegment data) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(data.toArray(ValueLayout.JAVA_BYTE));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void honoursTheAlignmentOfTheFile() {
        try (GgufFile file = GgufFile.open(GoldenFiles.gguf("every-type.gguf"))) {
            assertThat(file.alignment()).isEqualTo(64);
            assertThat(file.dataOffset() % 64).isZero();
        }
    }

    @Test
    void readsNestedArraysAndMalformedText() {
        try (GgufFile file = GgufFile.open(GoldenFiles.gguf("every-type.gguf"))) {
            GgufValue nested = file.value("array.nested").orElseThrow();
            assertThat(nested.asList().stream().map(GgufValue::asLongs))
                    .containsExactly(new long[] {1, 2}, new long[] {3}, new long[] {4, 5, 6});
            assertThat(file.string("text.malformed")).contains("\uFFFD\uFFFD apple");
        }
    }

    @Test
    void readsWhatGgmlWrote() {
        try (GgufFile file = GgufFile.open(GoldenFiles.gguf("written-by-ggml.gguf"))) {
            assertThat(file.architecture()).contains("test");
            assertThat(file.value("strings").orElseThrow().asStrings()).containsExactly("USER", "ASSISTANT");
            assertThat(file.value("empty").orElseThrow().asLongs()).isEmpty();
            assertThat(file.value("f32").orElseThrow().asDouble()).isEqualTo(1e-5f);
            assertThat(file.tensors().values())
                    .containsExactly(
                            new GgufTensor("a", GgmlType.F32, Shape.of(3, 5), 0),
                            new GgufTensor("b", GgmlType.Q4_0, Shape.of(3, 64), 64),
                            new GgufTensor("c", GgmlType.Q4_K, Shape.of(3, 256), 192));
        }
    }

    @Test
    void readsTheVocabularyOfTheLanguageModel() {
        try (GgufFile file = GgufFile.open(GoldenFiles.llava("llava-f32.gguf"))) {
            GgufValue tokens = file.value("tokenizer.ggml.tokens").orElseThrow();
            assertThat(tokens.asStrings()).hasSize(330).startsWith("<unk>", "<s>", "</s>");
            assertThat(tokens)
                    .asString()
                    .startsWith("STRING[330]: <unk>, <s>, </s>, ")
                    .endsWith(", ...");
            assertThat(file.value("tokenizer.ggml.scores").orElseThrow().asFloats())
                    .hasSize(330);
            assertThat(file.integer("llama.vocab_size")).hasValue(330);
            assertThat(file.parameterCount()).isEqualTo(180_928);
        }
    }
}
