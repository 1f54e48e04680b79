package io.vlm4j.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.Safetensors;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The reference's Hugging Face folders, converted, against the files that llama.cpp's own converter and llama-quantize
/// made of them.
@Tag("reference")
class ConversionGoldenTest {
    private static final String MODELS = "golden/models/";

    /// The name is the folder's, not a title made from it; and what only BERT's tokenizers heed is not written.
    private static final Set<String> OTHER_KEYS = Set.of("general.name", "tokenizer.ggml.add_sep_token");

    /// mmproj files of the reference are not made by llama.cpp's converter, and lack what that writes.
    private static final Set<String> MORE_KEYS =
            Set.of("general.name", "general.type", "general.size_label", "general.quantization_version");

    @TempDir
    private Path out;

    private ConvertedModel convert(String folder, WeightType type) {
        return Conversion.convert(
                TestModels.reference(MODELS + folder),
                out,
                ConversionOptions.of(type).withProjectorType(WeightType.F32));
    }

    @ParameterizedTest
    @CsvSource({
        "llava, F32, llava-f32.gguf",
        "llava-next, F32, llava-next-f32.gguf",
        "llavaq, F32, llavaq-f32.gguf",
        "llavaq, Q8_0, llavaq-q8_0.gguf",
        "llavaq, Q4_K_M, llavaq-q4_k.gguf"
    })
    void textModelsEqualThoseOfLlamaCppBitForBit(String folder, WeightType type, String reference) {
        ConvertedModel converted = convert(folder, type);

        assertEqual(converted.model(), TestModels.reference(MODELS + folder + "/" + reference), OTHER_KEYS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"llava", "llava-next", "llavaq"})
    void projectorsEqualTheReferencesBitForBit(String folder) {
        ConvertedModel converted = convert(folder, WeightType.F32);

        Path reference = TestModels.reference(MODELS + folder + "/" + folder + "-mmproj.gguf");
        assertEqual(converted.projector().orElseThrow(), reference, MORE_KEYS);
    }

    private static void assertEqual(Path converted, Path reference, Set<String> otherKeys) {
        try (GgufFile ours = GgufFile.open(converted);
                GgufFile theirs = GgufFile.open(reference)) {
            assertThat(new TreeSet<>(ours.tensors().keySet()))
                    .isEqualTo(new TreeSet<>(theirs.tensors().keySet()));
            for (GgufTensor expected : theirs.tensors().values()) {
                GgufTensor actual = ours.tensors().get(expected.name());
                assertThat(actual.type()).as(expected.name()).isEqualTo(expected.type());
                assertThat(actual.shape()).as(expected.name()).isEqualTo(expected.shape());
                assertThat(ours.data(actual).mismatch(theirs.data(expected)))
                        .as("first other byte of " + expected.name())
                        .isEqualTo(-1);
            }
            Set<String> keys = new TreeSet<>(theirs.metadata().keySet());
            keys.addAll(ours.metadata().keySet());
            keys.removeAll(otherKeys);
            for (String key : keys) {
                GgufValue expected = theirs.metadata().get(key);
                assertThat(ours.metadata().get(key)).as(key).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"llava-next, Q5_K_M", "fuyu, Q4_0", "kosmos2, Q8_0"})
    void convertingTwiceGivesTheSameBytes(String folder, WeightType type) throws IOException {
        ConvertedModel first = convert(folder, type);
        List<byte[]> before = bytes(first);
        ConvertedModel second = convert(folder, type);

        List<byte[]> after = bytes(second);
        assertThat(second).isEqualTo(first);
        for (int i = 0; i < before.size(); i++) {
            assertThat(after.get(i)).isEqualTo(before.get(i));
        }
    }

    private static List<byte[]> bytes(ConvertedModel converted) throws IOException {
        List<byte[]> files = new ArrayList<>();
        files.add(Files.readAllBytes(converted.model()));
        if (converted.projector().isPresent()) {
            files.add(Files.readAllBytes(converted.projector().get()));
        }
        return files;
    }

    @Test
    void fuyusMixedMatrixIsTakenApartHeadByHead() {
        ConvertedModel converted = convert("fuyu", WeightType.F32);

        assertThat(converted.projector()).isEmpty();
        try (GgufFile file = GgufFile.open(converted.model());
                Safetensors source = Safetensors.open(TestModels.reference(MODELS + "fuyu/model.safetensors"))) {
            assertThat(file.architecture()).contains("fuyu");
            assertThat(file.integer("fuyu.image_token_id")).hasValue(330);
            assertThat(file.integer("fuyu.newline_token_id")).hasValue(331);
            assertThat(file.integer("fuyu.answer_token_id")).hasValue(8);
            assertThat(file.integer("fuyu.rope.dimension_count")).hasValue(8);
            String fused = "language_model.model.layers.1.self_attn.query_key_value.";
            float[] matrix = source.tensor(fused + "weight").toFloatArray();
            float[] bias = source.tensor(fused + "bias").toFloatArray();
            String[] parts = {"attn_q", "attn_k", "attn_v"};
            for (int part = 0; part < 3; part++) {
                float[] rows = floats(file, "blk.1." + parts[part] + ".weight");
                float[] biases = floats(file, "blk.1." + parts[part] + ".bias");
                for (int head = 0; head < 4; head++) {
                    for (int i = 0; i < 16; i++) {
                        int from = (head * 3 + part) * 16 + i; // transformers: view(heads, 3, head_dim)
                        assertThat(biases[head * 16 + i]).isEqualTo(bias[from]);
                        for (int column = 0; column < 64; column++) {
                            assertThat(rows[(head * 16 + i) * 64 + column]).isEqualTo(matrix[from * 64 + column]);
                        }
                    }
                }
            }
            assertSame(file, "v.patch_embd.weight", source, "vision_embed_tokens.weight");
            assertSame(file, "output.weight", source, "language_model.lm_head.weight");
        }
    }

    @Test
    void kosmos2IsOneFileWithItsTowerAndResampler() {
        ConvertedModel converted = convert("kosmos2", WeightType.F32);

        try (GgufFile file = GgufFile.open(converted.model());
                Safetensors source = Safetensors.open(TestModels.reference(MODELS + "kosmos2/model.safetensors"))) {
            assertThat(file.tensors()).hasSameSizeAs(source.names());
            assertThat(file.integer("kosmos2.image_start_token_id")).hasValue(76);
            assertThat(file.integer("kosmos2.patch_index_token_id")).hasValue(86);
            assertThat(file.integer("kosmos2.object_delimiter_token_id")).hasValue(84);
            assertThat(file.integer("kosmos2.position_offset")).hasValue(2);
            float[] embeddings =
                    source.tensor("text_model.model.embed_tokens.weight").toFloatArray();
            Arrays.fill(embeddings, 64, 2 * 64, 0); // padding: transformers' logits of it are 0 in the reference data
            assertThat(floats(file, "token_embd.weight")).isEqualTo(embeddings);
            assertSame(file, "blk.1.ffn_sub_norm.bias", source, "text_model.model.layers.1.ffn.ffn_layernorm.bias");
            assertSame(file, "v.blk.1.ffn_up.weight", source, "vision_model.model.encoder.layers.1.mlp.fc1.weight");
            assertSame(file, "resampler.query", source, "image_to_text_projection.latent_query");
            assertSame(file, "resampler.kv.weight", source, "image_to_text_projection.dense.weight");
        }
    }

    private static void assertSame(GgufFile file, String name, Safetensors source, String original) {
        Tensor expected = source.tensor(original);
        assertThat(file.tensors().get(name).shape()).isEqualTo(expected.shape());
        assertThat(floats(file, name)).isEqualTo(expected.toFloatArray());
    }

    private static float[] floats(GgufFile file, String name) {
        GgufTensor tensor = file.tensors().get(name);
        return Tensor.of(tensor.type().dtype().orElseThrow(), tensor.shape(), file.data(tensor))
                .toFloatArray();
    }
}
