package io.vlm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vlm4j.Vlm4jException;
import io.vlm4j.conversion.Conversion;
import io.vlm4j.conversion.ConversionOptions;
import io.vlm4j.conversion.WeightType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.media.ImageInput;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import io.vlm4j.vlm.VlmOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Damaged files of models that graphs of our own compute: all that happens is an exception of ours.
@Tag("native")
@Tag("reference")
class OwnGraphFilesTest {
    private static final ImageInput PICTURE = ImageInput.of(TestModels.reference("golden/images/100x70.png"));

    @TempDir
    private Path folder;

    private Path converted(String name) {
        return Conversion.convert(
                        TestModels.reference("golden/models/" + name), folder, ConversionOptions.of(WeightType.F32))
                .model();
    }

    @ParameterizedTest
    @ValueSource(strings = {"fuyu", "kosmos2"})
    void anyKeyMayBeMissingOrAbsurd(String name) {
        Path whole = converted(name);
        List<String> refused = new ArrayList<>();
        try (GgufFile file = GgufFile.open(whole)) {
            for (String key : file.metadata().keySet()) {
                GgufValue value = file.metadata().get(key);
                if (isRefused(file, key, null)) {
                    refused.add(key);
                }
                if (value instanceof GgufValue.Int) {
                    isRefused(file, key, GgufValue.u32(0x7FFF_FFFFL));
                } else if (value instanceof GgufValue.Float32) {
                    isRefused(file, key, GgufValue.of(Float.NaN));
                } else {
                    isRefused(file, key, GgufValue.u32(7));
                }
            }
        }
        assertThat(refused)
                .contains(
                        name + ".block_count",
                        name + ".vision.patch_size",
                        "tokenizer.ggml.tokens",
                        "tokenizer.ggml.bos_token_id");
    }

    /// Whether a file with another value for this key, or none, cannot be used.
    private boolean isRefused(GgufFile file, String key, @Nullable GgufValue value) {
        Path changed = folder.resolve("changed.gguf");
        GgufWriter writer = GgufWriter.copyOf(file);
        if (value == null) {
            writer.remove(key);
        } else {
            writer.put(key, value);
        }
        writer.write(changed);
        ContextOptions context =
                ContextOptions.builder().contextLength(128).threads(1).build();
        try (Vlm vlm = Vlm.open(changed, VlmOptions.defaults().withContext(context))) {
            vlm.ask(PICTURE, "what?", Vlm.options().maxTokens(2).build());
            return false;
        } catch (Vlm4jException expected) {
            return true;
        } catch (RuntimeException | Error unexpected) {
            throw new AssertionError(key + " = " + value, unexpected);
        }
    }

    @Test
    void aTableOfCharactersThatLiesAboutItsLengthIsRefused() {
        try (GgufFile file = GgufFile.open(converted("kosmos2"))) {
            Path changed = folder.resolve("changed.gguf");
            GgufWriter.copyOf(file)
                    .put(
                            "tokenizer.ggml.precompiled_charsmap",
                            GgufValue.integers(GgufType.U8, 255, 255, 255, 127, 1, 2, 3, 4))
                    .write(changed);

            assertThatExceptionOfType(Vlm4jException.InvalidFile.class)
                    .isThrownBy(() -> Model.open(changed).close())
                    .withMessageContaining("no table of characters");
        }
    }

    @Test
    void aMissingTensorIsNamed() {
        try (GgufFile file = GgufFile.open(converted("fuyu"))) {
            Path changed = folder.resolve("changed.gguf");
            GgufWriter.copyOf(file).removeTensor("blk.1.ffn_up.weight").write(changed);

            assertThatExceptionOfType(Vlm4jException.InvalidFile.class)
                    .isThrownBy(() -> Model.open(changed).close())
                    .withMessageContaining("blk.1.ffn_up.weight");
        }
    }
}
