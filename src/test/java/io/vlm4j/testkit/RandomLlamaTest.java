package io.vlm4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RandomLlamaTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "Q8_0", "Q4_0"})
    void writesTheSameCompleteModelEveryTime(GgmlType type) throws Exception {
        RandomLlama llama = new RandomLlama(2, 128, 4, 2, 256, 500, 512, type, 7);
        Path first = folder.resolve("first.gguf");
        Path second = folder.resolve("second.gguf");
        llama.write(tokenizer(), first);
        llama.write(tokenizer(), second);
        assertThat(Files.mismatch(first, second)).isEqualTo(-1);
        try (GgufFile file = GgufFile.open(first)) {
            assertThat(file.tensors()).hasSize(2 * 9 + 3);
            assertThat(file.parameterCount())
                    .isEqualTo(2 * 500 * 128 + 128 + 2 * (2 * 128 + 128 * (128 + 64 + 64 + 128 + 3 * 256)));
            assertThat(file.tensor("blk.1.ffn_down.weight").orElseThrow().shape())
                    .isEqualTo(Shape.of(128, 256));
            assertThat(file.integer("llama.vocab_size")).hasValue(500);
            assertThat(file.value("tokenizer.ggml.tokens").orElseThrow().asStrings())
                    .hasSize(500)
                    .startsWith("<unk>", "<s>")
                    .endsWith("[filler 499]");
            assertThat(file.value("tokenizer.ggml.token_type").orElseThrow().asLongs())
                    .hasSize(500)
                    .endsWith(5);
            assertThat(file.value("tokenizer.ggml.scores").orElseThrow().asFloats())
                    .hasSize(500);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "Q8_0", "Q4_0"})
    void weightsHaveTheStatedSpread(GgmlType type) throws Exception {
        Path path = folder.resolve("model.gguf");
        new RandomLlama(1, 256, 4, 2, 512, 0, 512, type, 7).write(tokenizer(), path);
        try (GgufFile file = GgufFile.open(path)) {
            GgufTensor tensor = file.tensor("blk.0.ffn_down.weight").orElseThrow();
            double sum = 0;
            double squares = 0;
            for (float weight : weights(tensor, file)) {
                sum += weight;
                squares += weight * weight;
            }
            long count = tensor.shape().elementCount();
            assertThat(Math.sqrt(squares / count)).isCloseTo(1 / Math.sqrt(512), within(0.001));
            assertThat(sum / count).isCloseTo(0, within(0.006));
        }
    }

    private static float[] weights(GgufTensor tensor, GgufFile file) {
        if (!tensor.type().isQuantized()) {
            return file.toTensor(tensor.name()).toFloatArray();
        }
        MemorySegment data = file.data(tensor);
        float[] weights = new float[(int) tensor.shape().elementCount()];
        for (int i = 0; i < weights.length; i++) {
            long block = (long) (i / 32) * tensor.type().blockByteSize();
            float scale = Float.float16ToFloat(data.get(ValueLayout.JAVA_SHORT_UNALIGNED, block));
            int place = i % 32;
            int level = tensor.type() == GgmlType.Q8_0
                    ? data.get(ValueLayout.JAVA_BYTE, block + 2 + place)
                    : ((data.get(ValueLayout.JAVA_BYTE, block + 2 + place % 16) >> (place / 16 * 4)) & 15) - 8;
            weights[i] = scale * level;
        }
        return weights;
    }

    @Test
    void refusesSizesThatDoNotFitTogether() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RandomLlama(1, 100, 3, 1, 256, 0, 512, GgmlType.F32, 1))
                .withMessageContaining("100");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RandomLlama(1, 48, 3, 1, 256, 0, 512, GgmlType.Q8_0, 1))
                .withMessageContaining("48");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RandomLlama(1, 64, 2, 1, 256, 0, 512, GgmlType.Q4_K, 1))
                .withMessageContaining("Q4_K");
        RandomLlama small = new RandomLlama(1, 64, 2, 1, 64, 10, 512, GgmlType.F32, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> small.write(tokenizer(), folder.resolve("model.gguf")))
                .withMessageContaining("330");
    }

    private static Path tokenizer() throws URISyntaxException {
        return Path.of(Objects.requireNonNull(RandomLlamaTest.class.getResource("/golden/llava/llava-f32.gguf"))
                .toURI());
    }
}
