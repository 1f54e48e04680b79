package io.vlm4j.torture.target;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import java.nio.file.Path;

/// The vision tower of a LLaVA with random weights, for [TinyModel]: two layers, four patches.
final class TinyProjector {
    static final int IMAGE = 28;
    private static final int PATCH = 14;
    private static final int WIDTH = 64;
    private static final int FEED_FORWARD = 96;
    private static final int HEADS = 2;
    private static final int LAYERS = 2;

    private TinyProjector() {}

    static void write(Path path) {
        GgufWriter writer = GgufWriter.create()
                .put("general.architecture", "clip")
                .put("general.name", "tiny clip")
                .put("general.file_type", GgufValue.u32(1))
                .put("clip.has_vision_encoder", GgufValue.of(true))
                .put("clip.has_llava_projector", GgufValue.of(true))
                .put("clip.projector_type", "mlp")
                .put("clip.vision.image_size", GgufValue.u32(IMAGE))
                .put("clip.vision.patch_size", GgufValue.u32(PATCH))
                .put("clip.vision.embedding_length", GgufValue.u32(WIDTH))
                .put("clip.vision.feed_forward_length", GgufValue.u32(FEED_FORWARD))
                .put("clip.vision.projection_dim", GgufValue.u32(TinyModel.EMBEDDING))
                .put("clip.vision.attention.head_count", GgufValue.u32(HEADS))
                .put("clip.vision.attention.layer_norm_epsilon", GgufValue.of(1e-5f))
                .put("clip.vision.block_count", GgufValue.u32(LAYERS))
                .put("clip.vision.feature_layer", GgufValue.integers(GgufType.I32, LAYERS - 1))
                .put("clip.vision.image_mean", GgufValue.floats(0.48f, 0.46f, 0.41f))
                .put("clip.vision.image_std", GgufValue.floats(0.27f, 0.26f, 0.28f))
                .put("clip.use_gelu", GgufValue.of(false));
        Weights weights = new Weights(writer, 1);
        linear("mm.0", TinyModel.EMBEDDING, WIDTH, weights);
        linear("mm.2", TinyModel.EMBEDDING, TinyModel.EMBEDDING, weights);
        weights.put("v.class_embd", GgmlType.F32, WIDTH);
        weights.put("v.patch_embd.weight", GgmlType.F16, WIDTH, 3, PATCH, PATCH);
        weights.put("v.position_embd.weight", GgmlType.F32, (IMAGE / PATCH) * (IMAGE / PATCH) + 1, WIDTH);
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "v.blk." + layer + ".";
            norm(block + "ln1", weights);
            norm(block + "ln2", weights);
            linear(block + "ffn_up", FEED_FORWARD, WIDTH, weights);
            linear(block + "ffn_down", WIDTH, FEED_FORWARD, weights);
            for (String part : new String[] {"attn_k", "attn_out", "attn_q", "attn_v"}) {
                linear(block + part, WIDTH, WIDTH, weights);
            }
        }
        norm("v.pre_ln", weights);
        writer.write(path);
    }

    private static void norm(String name, Weights weights) {
        weights.norm(name + ".weight", WIDTH);
        weights.put(name + ".bias", GgmlType.F32, WIDTH);
    }

    private static void linear(String name, int outputs, int inputs, Weights weights) {
        weights.put(name + ".weight", GgmlType.F16, outputs, inputs);
        weights.put(name + ".bias", GgmlType.F32, outputs);
    }
}
