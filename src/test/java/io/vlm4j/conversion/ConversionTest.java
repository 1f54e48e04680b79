package io.vlm4j.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException.Cancelled;
import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.HfFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConversionTest {
    private static final ConversionOptions EXACT =
            ConversionOptions.of(WeightType.F32).withProjectorType(WeightType.F32);

    @TempDir
    private Path directory;

    private HfFolder folder;
    private Path out;

    @BeforeEach
    void make() {
        folder = HfFolder.llava(directory.resolve("tiny"));
        out = directory.resolve("new/out");
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(out)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private void refuses(Path checkpoint, String... words) {
        assertThatThrownBy(() -> Conversion.convert(checkpoint, out, EXACT))
                .isInstanceOf(InvalidFile.class)
                .hasMessageContainingAll(words);
        assertThat(out).doesNotExist();
    }

    @Test
    void filesAreNamedAfterTheFolderAndTheTypes() throws IOException {
        ConvertedModel converted = Conversion.convert(folder.write(), out, ConversionOptions.of(WeightType.Q8_0));

        assertThat(files()).containsExactly("mmproj-tiny-f16.gguf", "tiny-q8_0.gguf");
        assertThat(converted.model()).isEqualTo(out.resolve("tiny-q8_0.gguf"));
        assertThat(converted.projector()).contains(out.resolve("mmproj-tiny-f16.gguf"));
        assertThat(converted.architecture()).isEqualTo("LlavaForConditionalGeneration");
    }

    @Test
    void shardsGiveTheSameBytesAsOneFile() {
        ConvertedModel one = Conversion.convert(folder.write(), out, EXACT);
        Path other = directory.resolve("sharded");
        ConvertedModel two = Conversion.convert(
                HfFolder.llava(directory.resolve("shards/tiny")).writeShards(), other, EXACT);

        assertThat(two.model()).hasSameBinaryContentAs(one.model());
        assertThat(two.projector().orElseThrow())
                .hasSameBinaryContentAs(one.projector().orElseThrow());
    }

    @Test
    void namesOfNewerTransformersAreTheSameWeights() {
        ConvertedModel old = Conversion.convert(folder.write(), out, EXACT);
        Path renamed = newer();
        ConvertedModel converted = Conversion.convert(renamed, directory.resolve("renamed"), EXACT.withName("tiny"));

        assertThat(converted.model()).hasSameBinaryContentAs(old.model());
        assertThat(converted.projector().orElseThrow())
                .hasSameBinaryContentAs(old.projector().orElseThrow());
    }

    /// `model.language_model.layers...`, `lm_head...`, `model.vision_tower...`: as transformers 4.52 and later save.
    private Path newer() {
        HfFolder newer = HfFolder.llava(directory.resolve("newer"));
        newer.rename(name -> name.startsWith("language_model.lm_head")
                ? name.substring("language_model.".length())
                : "model."
                        + name.replace("language_model.model.", "language_model.")
                                .replace("vision_tower.vision_model.", "vision_tower."));
        return newer.write();
    }

    @ParameterizedTest
    @CsvSource({"Q4_K_M, Q5_0", "Q6_K, Q8_0", "Q4_0, Q4_0", "BF16, BF16", "Q5_1, Q5_1", "Q4_1, Q4_1"})
    void rowsThatAreNoWholeBlocksGetATypeThatFits(WeightType wanted, GgmlType expected) {
        ConvertedModel converted = Conversion.convert(folder.write(), out, ConversionOptions.of(wanted));

        try (GgufFile file = GgufFile.open(converted.model())) {
            assertThat(file.tensors().get("blk.0.ffn_gate.weight").type()).isEqualTo(expected);
            assertThat(file.tensors().get("blk.0.ffn_norm.weight").type()).isEqualTo(GgmlType.F32);
            assertThat(file.integer("general.file_type")).hasValue(wanted.fileType());
        }
    }

    @Test
    void textModelsBecomeOneFile() {
        folder.keep("language_model.").rename(name -> name.substring("language_model.".length()));
        folder.text("config.json", """
                {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 32,
                 "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1,
                 "intermediate_size": 64, "vocab_size": 12, "rope_theta": 500000,
                 "rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4,
                 "original_max_position_embeddings": 32}}
                """);
        ConvertedModel converted = Conversion.convert(folder.write(), out, EXACT);

        assertThat(converted.projector()).isEmpty();
        try (GgufFile file = GgufFile.open(converted.model())) {
            assertThat(file.toTensor("rope_freqs.weight").toFloatArray())
                    .hasSize(8)
                    .startsWith(1)
                    .endsWith(8)
                    .isSorted();
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {"{1\\,3}; llama-bpe", "; qwen2"},
            delimiter = ';')
    void byteLevelTokenizersAreKnownByHowTheySplit(String digits, String name) throws IOException {
        Path checkpoint = folder.write();
        Files.delete(checkpoint.resolve("tokenizer.model"));
        String expression = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}"
                + (digits == null ? "" : digits.replace("\\", ""))
                + "| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+";
        folder.text("tokenizer.json", """
                {"added_tokens": [{"id": 4, "content": "<|end|>", "special": true}],
                 "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                  {"type": "Split", "pattern": {"Regex": "%s"}}, {"type": "ByteLevel", "use_regex": false}]},
                 "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "\u0120a": 3},
                  "merges": [["a", "b"], "\u0120 a"]}}
                """.formatted(expression));
        ConvertedModel converted = Conversion.convert(checkpoint, out, EXACT);

        try (GgufFile file = GgufFile.open(converted.model())) {
            assertThat(file.string("tokenizer.ggml.model")).contains("gpt2");
            assertThat(file.string("tokenizer.ggml.pre")).contains(name);
            assertThat(file.metadata().get("tokenizer.ggml.merges").asStrings()).containsExactly("a b", "\u0120 a");
            assertThat(file.metadata().get("tokenizer.ggml.token_type").asLongs())
                    .startsWith(1, 1, 1, 1, 3, 5);
        }
        folder.text("tokenizer.json", "{\"model\": {\"type\": \"BPE\"}, \"pre_tokenizer\": {\"Regex\": \"x+\"}}");
        assertThatThrownBy(() -> Conversion.convert(checkpoint, out, EXACT))
                .isInstanceOf(InvalidFile.class)
                .hasMessageContaining("not known: x+");
    }

    @Test
    void theVocabularyIsFilledUpToTheRowsOfTheModel() {
        folder.text("added_tokens.json", "{\"<image>\": 6, \"<beyond>\": 12}");
        ConvertedModel converted = Conversion.convert(folder.write(), out, EXACT);

        try (GgufFile file = GgufFile.open(converted.model())) {
            assertThat(file.metadata().get("tokenizer.ggml.tokens").asStrings())
                    .startsWith("<unk>", "<s>", "</s>", "\u2581", "a", "b", "<image>", "[PAD7]")
                    .hasSize(12);
            assertThat(file.metadata().get("tokenizer.ggml.token_type").asLongs())
                    .startsWith(2, 3, 3, 1, 1, 1, 4, 5);
        }
    }

    @Test
    void whatWasCancelledGoesOnAndGivesTheSameBytes() throws IOException {
        Path whole = directory.resolve("whole");
        ConvertedModel expected = Conversion.convert(folder.write(), whole, EXACT);
        Path checkpoint = directory.resolve("tiny");
        List<String> seen = new ArrayList<>();

        assertThatThrownBy(() -> Conversion.convert(checkpoint, out, EXACT, (file, tensor, done, total) -> {
                    seen.add(tensor);
                    return !tensor.equals("blk.0.ffn_gate.weight");
                }))
                .isInstanceOf(Cancelled.class);
        assertThat(files()).containsExactly(".tiny-f32.gguf.part", ".tiny-f32.gguf.part.state", "mmproj-tiny-f32.gguf");

        List<String> later = new ArrayList<>();
        ConvertedModel converted = Conversion.convert(checkpoint, out, EXACT, (file, tensor, done, total) -> {
            if (file.getFileName().toString().equals("tiny-f32.gguf")) {
                later.add(tensor);
            }
            return true;
        });

        assertThat(seen).contains("token_embd.weight");
        assertThat(later.getFirst()).isEqualTo("blk.0.ffn_gate.weight");
        assertThat(files()).containsExactly("mmproj-tiny-f32.gguf", "tiny-f32.gguf");
        assertThat(converted.model()).hasSameBinaryContentAs(expected.model());
    }

    @Test
    void anotherCheckpointDoesNotGoOnWithWhatThereIs() {
        Path checkpoint = folder.write();
        assertThatThrownBy(() -> Conversion.convert(
                        checkpoint, out, EXACT, (file, tensor, done, total) -> !tensor.equals("output.weight")))
                .isInstanceOf(Cancelled.class);
        folder.tensor("language_model.model.embed_tokens.weight", 12, 32).write(); // other numbers, same shapes

        ConvertedModel converted = Conversion.convert(checkpoint, out, EXACT);
        ConvertedModel fresh = Conversion.convert(checkpoint, directory.resolve("fresh"), EXACT);
        assertThat(converted.model()).hasSameBinaryContentAs(fresh.model());
    }

    @Test
    void progressAddsUpOverBothFiles() {
        List<Long> told = new ArrayList<>();
        long[] all = {0};
        Conversion.convert(folder.write(), out, EXACT, (file, tensor, done, total) -> {
            told.add(done);
            all[0] = total;
            return true;
        });

        assertThat(told).isSorted().first().isEqualTo(0L);
        assertThat(told.getLast()).isEqualTo(all[0]);
    }

    @Test
    void aMissingTensorIsNamedWithItsShapeAndItsNeighbours() {
        folder.remove("language_model.model.layers.0.self_attn.v_proj.weight");

        refuses(
                folder.write(),
                "has a tensor 'language_model.layers.0.self_attn.v_proj.weight' of shape [16, 32]",
                "this checkpoint has none",
                "'language_model.model.layers.0.self_attn.k_proj.weight'");
    }

    @Test
    void leftOverTensorsAreNamed() {
        folder.tensor("language_model.model.layers.1.input_layernorm.weight", 32);

        refuses(folder.write(), "has no tensors 'language_model.model.layers.1.input_layernorm.weight'");
    }

    @Test
    void anotherShapeIsRefusedWithBoth() {
        folder.tensor("multi_modal_projector.linear_2.weight", 32, 16);

        refuses(folder.write(), "'multi_modal_projector.linear_2.weight'", "[32, 32]", "[32, 16]");
    }

    @Test
    void integersAreNoWeights() {
        folder.put("multi_modal_projector.linear_2.bias", Tensor.ofInts(Shape.of(32), new int[32]));

        refuses(folder.write(), "'multi_modal_projector.linear_2.bias'", "I32");
    }

    @Test
    void numbersThatAreNoneAreRefusedByTensorAndRow() {
        float[] numbers = new float[12 * 32];
        numbers[40] = Float.NaN;
        folder.put("language_model.lm_head.weight", Tensor.ofFloats(Shape.of(12, 32), numbers));
        Path checkpoint = folder.write();

        assertThatThrownBy(() -> Conversion.convert(checkpoint, out, EXACT))
                .isInstanceOf(InvalidFile.class)
                .hasMessageContainingAll("'output.weight'", "NaN", "row 1");
        numbers[40] = 1e5f;
        folder.put("language_model.lm_head.weight", Tensor.ofFloats(Shape.of(12, 32), numbers))
                .write();
        assertThatThrownBy(() -> Conversion.convert(checkpoint, out, ConversionOptions.of(WeightType.F16)))
                .isInstanceOf(InvalidFile.class)
                .hasMessageContainingAll("beyond F16", "bf16");
    }

    @Test
    void unknownArchitecturesAreNamedWithThoseThatAreKnown() {
        folder.text("config.json", "{\"architectures\": [\"Qwen2VLForConditionalGeneration\"]}");

        refuses(
                folder.write(),
                "Qwen2VLForConditionalGeneration",
                "LlavaNextForConditionalGeneration",
                "FuyuForCausalLM");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../secret.safetensors", "/etc/passwd", "a/b.safetensors", "", "..", "a\\\\b", "\\u0000"})
    void anIndexCannotLeadOutOfTheFolder(String name) {
        folder.text("model.safetensors.index.json", "{\"weight_map\": {\"x\": \"" + name + "\"}}");

        refuses(directory.resolve("tiny"), "is not the name of a file");
    }

    @Test
    void anIndexMustTellTheTruth() throws IOException {
        Path checkpoint = folder.writeShards();
        Path index = checkpoint.resolve("model.safetensors.index.json");
        Files.writeString(
                index,
                Files.readString(index)
                        .replace("\"weight_map\": {", "\"weight_map\": {\"x\": \"model-00001-of-00002.safetensors\","));

        refuses(checkpoint, "'x' is in model-00001-of-00002.safetensors", "in none of the files");
    }

    @Test
    void shardsThatAreMissingAreNamed() throws IOException {
        Path checkpoint = folder.writeShards();
        Files.delete(checkpoint.resolve("model-00002-of-00002.safetensors"));

        refuses(checkpoint, "model-00002-of-00002.safetensors does not exist");
    }

    @Test
    void damagedFilesAreRefused() throws IOException {
        Path checkpoint = folder.write();
        Path model = checkpoint.resolve("tokenizer.model");
        byte[] whole = Files.readAllBytes(model);
        Files.write(model, Arrays.copyOf(whole, whole.length - 3));
        refuses(checkpoint, "tokenizer.model is not a sentencepiece model, or cut off");
        Files.delete(model);
        refuses(checkpoint, "has neither tokenizer.model nor tokenizer.json");
        Files.writeString(checkpoint.resolve("config.json"), "{");
        refuses(checkpoint, "config.json is not valid JSON");
        Files.delete(checkpoint.resolve("config.json"));
        refuses(checkpoint, "has no config.json");
        refuses(directory.resolve("nowhere"), "does not exist");
    }

    @Test
    void cutTokenizersAreRefusedWhereverTheyEnd() throws IOException {
        Path checkpoint = folder.write();
        Path model = checkpoint.resolve("tokenizer.model");
        byte[] whole = Files.readAllBytes(model);
        for (int length = 0; length < whole.length; length++) {
            Files.write(model, Arrays.copyOf(whole, length));
            try {
                Conversion.convert(checkpoint, out, EXACT);
            } catch (InvalidFile e) {
                assertThat(e).hasMessageContaining("tokenizer.model");
            }
        }
    }

    @Test
    void pythonsPicklesAreRefusedWithAWayOut() throws IOException {
        Path checkpoint = directory.resolve("tiny");
        Files.writeString(checkpoint.resolve("pytorch_model.bin"), "x");

        refuses(
                checkpoint,
                "has neither model.safetensors nor",
                "pytorch_model.bin",
                "save the checkpoint as safetensors");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"num_key_value_heads\": 1 | \"num_key_value_heads\": 3 | num_key_value_heads",
                "\"model_type\": \"llama\" | \"model_type\": \"qwen2\" | model_type",
                "\"patch_size\": 14 | \"patch_size\": 15 | patch_size",
                "\"vocab_size\": 12 | \"vocab_size\": -1 | vocab_size",
                "\"hidden_size\": 32 | \"hidden_size\": \"32\" | hidden_size",
                "\"num_hidden_layers\": 2 | \"num_hidden_layers\": 0 | vision_feature_layer",
                "\"architectures\" | \"quantization_config\": {\"bits\": 4}, \"architectures\" | quantization_config",
                "\"architectures\" | \"vision_feature_select_strategy\": \"full\", \"architectures\" | vision_feature_select_strategy"
            })
    void configurationsThatCannotBeAreRefusedByKey(String found, String instead, String key) throws IOException {
        Path checkpoint = folder.write();
        Path config = checkpoint.resolve("config.json");
        String text = Files.readString(config);
        assertThat(text).contains(found);
        Files.writeString(config, text.replace(found, instead));

        refuses(checkpoint, "config.json", "'" + key + "'");
    }

    @Test
    void aFileWhereTheFolderShouldBeIsNamed() throws IOException {
        Path checkpoint = folder.write();
        Path file = Files.writeString(directory.resolve("file"), "x");

        assertThatThrownBy(() -> Conversion.convert(checkpoint, file, EXACT))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(file + " is a file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b", "..", "-x", "a b"})
    void namesThatAreNoneAreRefused(String name) {
        assertThatThrownBy(() -> EXACT.withName(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + name + "'");
    }
}
