package io.vlm4j.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.testkit.HfFolder;
import io.vlm4j.testkit.PeftAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdapterConversionTest {
    private static final String LAYER = "base_model.model.model.language_model.layers.0.";
    private static final String TOWER = "base_model.model.model.vision_tower.encoder.layers.0.self_attn.q_proj";
    private static final AdapterOptions EXACT = AdapterOptions.defaults();

    @TempDir
    private Path directory;

    private PeftAdapter adapter;
    private Path base;
    private Path out;

    @BeforeEach
    void make() {
        adapter = PeftAdapter.of(directory.resolve("style"));
        base = HfFolder.llava(directory.resolve("tiny")).write();
        out = directory.resolve("new/out");
    }

    private ConvertedAdapter convert(AdapterOptions options) {
        return AdapterConversion.convert(adapter.write(), base, out, options);
    }

    private void refuses(String... words) {
        assertThatThrownBy(() -> convert(EXACT)).isInstanceOf(InvalidFile.class).hasMessageContainingAll(words);
        assertThat(out).doesNotExist();
    }

    private static float[] numbers(Path file, String tensor) {
        try (GgufFile opened = GgufFile.open(file)) {
            return opened.toTensor(tensor).toFloatArray();
        }
    }

    @Test
    void theFileIsNamedAfterTheFolderAndTheType() {
        assertThat(convert(EXACT).file())
                .isEqualTo(out.resolve("style-lora-f32.gguf"))
                .exists();
        ConvertedAdapter half = convert(EXACT.withType(WeightType.F16).withName("mine"));
        assertThat(half.file()).isEqualTo(out.resolve("mine-lora-f16.gguf"));
        try (GgufFile file = GgufFile.open(half.file())) {
            assertThat(file.tensors().values()).hasSize(4).allMatch(tensor -> tensor.type() == GgmlType.F16);
        }
        assertThat(AdapterConversion.isAdapter(directory.resolve("style"))).isTrue();
        assertThat(AdapterConversion.isAdapter(base)).isFalse();
    }

    @Test
    void aGgufBaseAndItsFolderGiveTheSameBytes() {
        Path ofFolder = convert(EXACT).file();
        base = Conversion.convert(base, directory.resolve("models"), ConversionOptions.of(WeightType.Q8_0))
                .model();
        out = directory.resolve("other");

        assertThat(convert(EXACT).file()).hasSameBinaryContentAs(ofFolder);
    }

    @Test
    void rowsOfQueriesStayWhereTheyAreInModelsThatRotateHalves() throws IOException {
        String tensor = "blk.0.attn_q.weight.lora_b";
        float[] interleaved = numbers(convert(EXACT).file(), tensor);
        Path llama = Conversion.convert(base, directory.resolve("models"), ConversionOptions.of(WeightType.F32))
                .model();
        base = directory.resolve("qwen2.gguf");
        try (GgufFile file = GgufFile.open(llama)) {
            GgufWriter.copyOf(file)
                    .put("general.architecture", "qwen2")
                    .put("qwen2.attention.head_count", GgufValue.u32(2))
                    .write(base);
        }
        float[] plain = numbers(convert(EXACT).file(), tensor);

        assertThat(plain).isNotEqualTo(interleaved).containsExactlyInAnyOrder(interleaved);
        assertThat(plain[2 * 8]).isEqualTo(interleaved[2]); // row 8 of a head of 16 follows row 0
    }

    @Test
    void matricesOfTheTowerAreRefusedOrLeftOut() {
        Path whole = convert(EXACT).file();
        adapter.linear(TOWER, 32, 32).tensor("base_model.model.model.multi_modal_projector.linear_1.weight", 32, 32);
        out = directory.resolve("other");
        refuses("multi_modal_projector.linear_1", "modules_to_save", "--text-only");

        ConvertedAdapter text = convert(EXACT.withTextOnly(true));
        assertThat(text.leftOut())
                .containsExactly(
                        "model.multi_modal_projector.linear_1.weight",
                        "model.vision_tower.encoder.layers.0.self_attn.q_proj");
        assertThat(text.file()).hasSameBinaryContentAs(whole);
    }

    @Test
    void aTowerAloneIsRefused() {
        adapter.linear(TOWER, 32, 32);
        refuses("vision_tower.encoder.layers.0.self_attn.q_proj", "reach the text model only", "--text-only");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "peft_type | \"LOHA\" | 'peft_type' should be LORA",
                "use_dora | true | DoRA's magnitudes have no place",
                "bias | \"lora_only\" | biases have no place",
                "lora_bias | true | biases have no place",
                "fan_in_fan_out | true | transposed",
                "init_lora_weights | \"pissa_niter_16\" | others change the base model",
                "alora_invocation_tokens | [3, 4] | 'alora_invocation_tokens' should be left out",
                "trainable_token_indices | [7] | 'trainable_token_indices' should be left out",
                "layer_replication | [[0, 1], [0, 1]] | 'layer_replication' should be left out",
                "lora_alpha | 0 | 'lora_alpha' should be a number above 0",
                "lora_alpha | \"16\" | 'lora_alpha' should be a number",
                "r | 3 | should have the shape [3, 64]",
                "rank_pattern | {\"(\": 2} | '(' is no regular expression",
                "alpha_pattern | {\"q_proj\": -1} | 'q_proj' should be a number above 0"
            })
    void otherKindsOfAdaptersAreRefusedByName(String key, String value, String message) {
        adapter.set(key, value);
        refuses(message, key.equals("r") ? "adapter_model.safetensors" : "adapter_config.json");
    }

    @ParameterizedTest
    @CsvSource({
        "self_attn.q_proj.lora_magnitude_vector, DoRA",
        "self_attn.q_proj.lora_B.bias, is a bias",
        "input_layernorm.weight, no LoRA matrix",
        "self_attn.q_proj.lora_A.default.weight, is there twice",
        "self_attn.v_proj.lora_A.weight, has only lora_A of",
        "mlp.experts.0.up_proj.lora_A.weight, no matrix that adapters are converted for"
    })
    void otherTensorsAreRefusedByName(String name, String message) {
        adapter.tensor(LAYER + name, 2, 32);
        refuses(message, name.replaceAll("\\.lora_A.*", ""));
    }

    @Test
    void embeddingsOfTheBaseMayBeBesideTheirAdapterWhenTheVocabularyIsTheSame() {
        String embeddings = "base_model.model.model.language_model.embed_tokens";
        adapter.tensor(embeddings + ".lora_embedding_A", 2, 12)
                .tensor(embeddings + ".lora_embedding_B", 32, 2)
                .tensor(embeddings + ".base_layer.weight", 12, 32);
        assertThat(convert(EXACT).matrices()).isEqualTo(3);

        out = directory.resolve("other");
        adapter.tensor(embeddings + ".base_layer.weight", 13, 32);
        refuses("was the vocabulary changed?");
    }

    @Test
    void aBaseThatDoesNotFitIsRefused() {
        adapter.linear("base_model.model.model.language_model.layers.1.self_attn.v_proj", 16, 32);
        refuses("has no matrix 'blk.1.attn_v.weight'", "was it trained beside another model?");
        base = directory.resolve("nothing.gguf");
        refuses("nothing.gguf");
        base = directory;
        refuses("has no config.json");
    }

    @Test
    void anOutputMatrixThatIsTheEmbeddingsCannotBeChanged() throws IOException {
        adapter.linear("base_model.model.lm_head", 12, 32);
        Path config = base.resolve("config.json");
        Files.writeString(config, Files.readString(config).replaceFirst("\\{", "{\"tie_word_embeddings\": true, "));
        refuses("has no output matrix of its own", "lm_head");
    }

    @Test
    void oldWeightsAndHalvesAreRefused() throws IOException {
        adapter.without("self_attn.q_proj.lora_B.weight");
        refuses("has only lora_A of", "self_attn.q_proj");
        Path weights = adapter.write().resolve("adapter_model.safetensors");
        Files.move(weights, weights.resolveSibling("adapter_model.bin"));
        assertThatThrownBy(() -> AdapterConversion.convert(directory.resolve("style"), base, out, EXACT))
                .isInstanceOf(InvalidFile.class)
                .hasMessageContaining("but adapter_model.bin: save the adapter as safetensors");
    }

    @Test
    @Timeout(20)
    void aPatternThatWouldTakeForYearsIsRefused() {
        adapter.set("alpha_pattern", "{\"(.|..)*\\\\1!\": 3}");
        refuses("takes too long to compare");
    }

    @Test
    void settingsAreChecked() {
        assertThatThrownBy(() -> EXACT.withType(WeightType.Q8_0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("type q8_0 must be f32, f16 or bf16");
        assertThatThrownBy(() -> EXACT.withName("../up"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("name '../up' must be 1 to 100 letters");
    }
}
