package io.vlm4j.model.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.RandomAudioProjector;
import io.vlm4j.testkit.RandomTower;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Projectors of other kinds than LLaVA's. Most of what is refused here ended the process before it was: by a NULL
/// pointer, a division by zero, or a loop without end.
class TowerChecksTest {
    private static final String VISION = "clip.vision.";

    @TempDir
    private Path folder;

    /// The files of these tests are such that mtmd computes with them.
    @Test
    @Tag("native")
    @Tag("model")
    void healthyTowersSee() {
        try (Model model = Model.open(TestModels.bundled())) {
            for (String kind : RandomTower.KINDS) {
                try (Projector projector = model.openProjector(tower(kind, writer -> {}));
                        Tensor rows = projector.encode(ImageInput.of(TestModels.sample("06-red_apple.png")))) {
                    assertThat(rows.shape().dim(1)).as(kind).isEqualTo(model.embeddingSize());
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "qwen2vl_merger, v.patch_embd.weight",
        "qwen2vl_merger, v.patch_embd.weight.1",
        "qwen2vl_merger, v.blk.0.attn_q.bias",
        "qwen2.5vl_merger, v.blk.1.attn_v.weight",
        "qwen2.5vl_merger, mm.0.weight",
        "qwen3vl_merger, v.position_embd.weight",
        "qwen3vl_merger, v.patch_embd.bias",
        "qwen3vl_merger, v.blk.1.attn_qkv.weight",
        "qwen3vl_merger, v.blk.1.attn_qkv.bias",
        "gemma3, v.patch_embd.weight",
        "gemma3, mm.soft_emb_norm.weight",
        "pixtral, mm.input_norm.weight",
        "pixtral, v.blk.0.attn_k.weight",
        "idefics3, mm.model.fc.weight",
        "internvl, v.class_embd",
        "internvl, v.position_embd.weight",
        "internvl, v.blk.0.attn_q.weight"
    })
    void aTensorThatTheGraphTakesForPresentIsAskedFor(String kind, String tensor) {
        refused(tower(kind, writer -> writer.removeTensor(tensor)), "'" + tensor + "' is missing");
    }

    @ParameterizedTest
    @CsvSource({
        "idefics3, image_size, 0",
        "internvl, image_size, 0",
        "gemma3, image_size, 8193",
        "gemma3, patch_size, 0",
        "qwen2.5vl_merger, patch_size, 57",
        "qwen2vl_merger, patch_size, 4096",
        "qwen2vl_merger, spatial_merge_size, 0",
        "qwen2vl_merger, spatial_merge_size, 3",
        "pixtral, spatial_merge_size, 21",
        "idefics3, projector.scale_factor, 3",
        "idefics3, preproc_image_size, 8192",
        "internvl, preproc_max_tiles, 2147483647",
        "gemma3, block_count, 0",
        "gemma3, attention.head_count, 0",
        "gemma3, attention.head_count, 3",
        "gemma3, attention.head_count_kv, 3",
        "gemma3, image_max_pixels, 2147483647",
        "gemma3, image_size, 98",
        "gemma3, projector.scale_factor, 3",
        "internvl, image_size, 98"
    })
    void aSizeThatCannotBeIsRefusedByItsKey(String kind, String key, long value) {
        refused(tower(kind, writer -> writer.put(VISION + key, GgufValue.u32(value))), "");
    }

    /// mtmd asserts each of these types.
    @ParameterizedTest
    @CsvSource({
        "clip.projector_type",
        "clip.has_vision_encoder",
        "clip.use_gelu",
        "clip.use_silu",
        "clip.vision.block_count",
        "clip.vision.feed_forward_length",
        "clip.vision.patch_size",
        "clip.vision.projection_dim",
        "clip.vision.attention.layer_norm_epsilon",
        "clip.vision.mm_patch_merge_type"
    })
    void aKeyOfAnotherTypeIsRefusedByItsName(String key) {
        refused(tower("gemma3", writer -> writer.put(key, GgufValue.integers(GgufType.I32, 2))), key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"general.name", "general.description"})
    void soIsOneThatSaysNothingOfTheTower(String key) {
        Path path = tower("gemma3", writer -> writer.put(key, GgufValue.u32(2)));
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> GgufHeader.architecture(path))
                .withMessageContaining(key + " is 2 (U32), not a STRING");
    }

    @Test
    void namesThatNativeCodeWouldCutAreRefused() {
        refused(tower("gemma3", writer -> writer.put("clip.projector_type", "mlp\0 or not")), "clip.projector_type");
    }

    @ParameterizedTest
    @CsvSource({"v.blk.0.ln1.weight", "v.blk.1.attn_q.bias", "mm.0.bias"})
    void vectorsAreOfF32(String tensor) {
        refused(
                tower("qwen2vl_merger", writer -> {
                    Shape shape = Shape.of(tensor.startsWith("mm.") ? 256 : 64);
                    writer.removeTensor(tensor);
                    writer.tensor(tensor, GgmlType.F16, shape, MemorySegment.ofArray(new short[(int) shape.dim(0)]));
                }),
                "'" + tensor + "' is F16");
    }

    @ParameterizedTest
    @CsvSource({"qwen2vl_merger, mm.2.weight, 64", "internvl, mm.model.mlp.3.weight, 64", "pixtral, mm.2.weight, 64"})
    void matricesOfAProjectorFollowEachOther(String kind, String tensor, int inputs) {
        refused(
                tower(kind, writer -> {
                    writer.removeTensor(tensor);
                    writer.tensor(
                            tensor, GgmlType.F32, Shape.of(8, inputs), MemorySegment.ofArray(new float[8 * inputs]));
                }),
                "tensor '" + tensor + "'");
    }

    @Test
    void coloursAreDividedBySomethingElseThanZero() {
        refused(
                tower("gemma3", writer -> writer.put(VISION + "image_std", GgufValue.floats(0.5f, 0, 0.5f))),
                "clip.vision.image_std has the number 0.0");
        refused(
                tower("gemma3", writer -> writer.put(VISION + "image_mean", GgufValue.integers(GgufType.I32, 1, 2, 3))),
                "not an array of F32");
    }

    @Test
    void aWindowLayerMustExist() {
        refused(
                tower(
                        "qwen2.5vl_merger",
                        writer -> writer.put(VISION + "wa_layer_indexes", GgufValue.integers(GgufType.I32, 0, 2))),
                "wa_layer_indexes is 2");
    }

    @ParameterizedTest
    @CsvSource({
        "block_count, 0",
        "num_mel_bins, 0",
        "num_mel_bins, 31",
        "num_mel_bins, 257",
        "projector.stack_factor, 0",
        "attention.head_count, 0",
        "attention.head_count, 5",
        "embedding_length, 33",
        "feature_layer, 3"
    })
    void soundsToo(String key, long value) {
        Path path = sound(writer -> writer.put(
                "clip.audio." + key,
                key.equals("feature_layer") ? GgufValue.integers(GgufType.I32, value) : GgufValue.u32(value)));

        refused(path, "");
    }

    @ParameterizedTest
    @CsvSource({"a.position_embd.weight", "a.conv1d.1.weight", "a.blk.0.attn_q.weight", "a.blk.1.ln1.bias"})
    void soundsMissNoTensorEither(String tensor) {
        refused(sound(writer -> writer.removeTensor(tensor)), "'" + tensor + "' is missing");
    }

    private static void refused(Path path, String message) {
        assertThatExceptionOfType(InvalidFile.class)
                .isThrownBy(() -> GgufHeader.architecture(path))
                .withMessageContaining(path.toString())
                .withMessageMatching("(?s).*(clip\\.|tensor ').*")
                .withMessageContaining(message);
    }

    private Path tower(String kind, Consumer<GgufWriter> change) {
        Path good = folder.resolve("good.gguf");
        new RandomTower(kind, TestModels.bundledEmbedding()).write(good);
        return changed(good, change);
    }

    private Path sound(Consumer<GgufWriter> change) {
        Path good = folder.resolve("good.gguf");
        new RandomAudioProjector(TestModels.bundledEmbedding(), 1).write(good);
        return changed(good, change);
    }

    private Path changed(Path good, Consumer<GgufWriter> change) {
        Path path = folder.resolve("changed" + System.nanoTime() + ".gguf");
        try (GgufFile file = GgufFile.open(good)) {
            GgufWriter writer = GgufWriter.copyOf(file);
            change.accept(writer);
            writer.write(path);
        }
        return path;
    }
}
