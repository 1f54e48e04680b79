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
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a text model's header says, held against itself and its tensors.
class DecoderChecksTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "attention.head_count, 0",
        "attention.head_count, 3",
        "attention.head_count, 4294967295",
        "attention.head_count_kv, 0",
        "attention.head_count_kv, 3",
        "attention.key_length, 0",
        "attention.key_length, 7",
        "attention.value_length, 1",
        "embedding_length, 63",
        "embedding_length, 2147483647",
        "feed_forward_length, 1",
        "block_count, 4",
        "block_count, 513",
        "context_length, 0",
        "rope.dimension_count, 0",
        "rope.dimension_count, 3",
        "rope.dimension_count, 4096",
        "expert_count, 8",
        "expert_used_count, 2",
        "full_attention_interval, 0",
        "wkv.head_size, 0",
        "nextn_predict_layers, 3",
        "n_deepstack_layers, 99"
    })
    void aSizeThatGoesWithNothingIsRefusedByItsKeyOrTensor(String key, long value) {
        Path path = model(writer -> writer.put("llama." + key, GgufValue.u32(value)));

        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> GgufHeader.architecture(path))
                .withMessageContaining(path.toString())
                .withMessageMatching("(?s).*(llama\\.|tensor '(blk|token_embd|rope_freqs|output)).*");
    }

    @ParameterizedTest
    @CsvSource({
        "rope.freq_base, 0",
        "rope.freq_base, -1",
        "rope.freq_base, NaN",
        "rope.scaling.factor, Infinity",
        "rope.scaling.factor, -2",
        "attention.layer_norm_rms_epsilon, NaN",
        "attention.layer_norm_rms_epsilon, -1",
        "attention.layer_norm_rms_epsilon, 2"
    })
    void aNumberThatNothingCanBeComputedWithIsRefused(String key, float value) {
        Path path = model(writer -> writer.put("llama." + key, GgufValue.of(value)));

        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> GgufHeader.architecture(path))
                .withMessageContaining("llama." + key + " is " + value);
    }

    @Test
    void anUnknownScalingOfTheRotationIsRefused() {
        Path path = model(writer -> writer.put("llama.rope.scaling.type", "cubic"));

        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> GgufHeader.architecture(path))
                .withMessageContaining("'cubic', not one of none, linear, yarn, longrope");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "token_embd.weight",
                "output_norm.weight",
                "blk.0.attn_norm.weight",
                "blk.1.attn_q.weight",
                "blk.2.attn_k.weight",
                "blk.0.attn_v.weight",
                "blk.1.attn_output.weight",
                "blk.2.ffn_norm.weight",
                "blk.0.ffn_gate.weight",
                "blk.1.ffn_up.weight",
                "blk.2.ffn_down.weight"
            })
    void aTensorThatIsMissingOrOfAnotherSizeIsRefusedByName(String name) {
        Path missing = model(writer -> writer.removeTensor(name));
        Path other = model(writer ->
                writer.removeTensor(name).tensor(name, GgmlType.F32, Shape.of(3), MemorySegment.ofArray(new float[3])));

        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> GgufHeader.architecture(missing))
                .withMessageContaining("'" + name + "' is missing");
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> GgufHeader.architecture(other))
                .withMessageContaining("tensor '" + name + "' is [3]");
    }

    /// ggml has no function for the product, and calls it nevertheless.
    @Test
    void aMatrixOfATypeThatNothingMultipliesWithIsRefused() {
        String name = "blk.0.ffn_up.weight";
        Path path = model(writer -> {
            try (GgufFile file = GgufFile.open(TestModels.tinyLlava())) {
                Shape shape = file.tensor(name).orElseThrow().shape();
                writer.removeTensor(name)
                        .tensor(
                                name,
                                GgmlType.I32,
                                shape,
                                MemorySegment.ofArray(new int[Math.toIntExact(shape.elementCount())]));
            }
        });

        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> GgufHeader.architecture(path))
                .withMessageContaining("'" + name + "' is I32");
    }

    /// Native code reads so many bytes of each, whatever they are.
    @Test
    void listsOfTokensHaveTheTypesThatAreRead() {
        int tokens = 4096;
        Path scores =
                model(writer -> writer.put("tokenizer.ggml.scores", GgufValue.integers(GgufType.U8, new long[tokens])));
        Path types = model(
                writer -> writer.put("tokenizer.ggml.token_type", GgufValue.integers(GgufType.I8, new long[tokens])));

        for (Path path : List.of(scores, types)) {
            assertThatExceptionOfType(InvalidFile.class)
                    .isThrownBy(() -> GgufHeader.architecture(path))
                    .withMessageContaining("not an array of");
        }
    }

    @Test
    void otherArchitecturesPassAsTheyAre() {
        assertThat(GgufHeader.architecture(Golden.resource("positions/qwen2vl-f32.gguf")))
                .isEqualTo("qwen2vl");
    }

    private Path model(Consumer<GgufWriter> change) {
        Path path = folder.resolve("model" + System.nanoTime() + ".gguf");
        try (GgufFile file = GgufFile.open(TestModels.tinyLlava())) {
            GgufWriter writer = GgufWriter.copyOf(file);
            change.accept(writer);
            writer.write(path);
        }
        return path;
    }
}
