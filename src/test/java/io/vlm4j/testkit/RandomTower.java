package io.vlm4j.testkit;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.SplittableRandom;

/// A small mmproj with random weights, of one of the kinds that are not LLaVA's: pictures of 112 pixels in patches
/// of 14 (or sizes that follow from the picture), two layers of 64. The same settings always give the same file.
///
/// @param kind      the `clip.projector_type`
/// @param embedding of the text model
public record RandomTower(String kind, int embedding) {
    public static final String[] KINDS = {
        "qwen2vl_merger", "qwen2.5vl_merger", "qwen3vl_merger", "gemma3", "pixtral", "idefics3", "internvl"
    };

    private static final int WIDTH = 64;
    private static final int HEADS = 2;
    private static final int LAYERS = 2;
    private static final int FEED_FORWARD = 96;
    private static final int PATCH = 14;
    private static final int SIDE = 8; // patches

    public void write(Path path) {
        GgufWriter writer = GgufWriter.create()
                .put("general.architecture", "clip")
                .put("general.name", "random " + kind)
                .put("clip.has_vision_encoder", GgufValue.of(true))
                .put("clip.projector_type", kind)
                .put("clip.vision.image_size", GgufValue.u32(SIDE * PATCH))
                .put("clip.vision.patch_size", GgufValue.u32(PATCH))
                .put("clip.vision.embedding_length", GgufValue.u32(WIDTH))
                .put("clip.vision.feed_forward_length", GgufValue.u32(FEED_FORWARD))
                .put("clip.vision.projection_dim", GgufValue.u32(embedding))
                .put("clip.vision.attention.head_count", GgufValue.u32(HEADS))
                .put("clip.vision.attention.layer_norm_epsilon", GgufValue.of(1e-5f))
                .put("clip.vision.block_count", GgufValue.u32(LAYERS))
                .put("clip.vision.image_mean", GgufValue.floats(0.5f, 0.5f, 0.5f))
                .put("clip.vision.image_std", GgufValue.floats(0.5f, 0.5f, 0.5f))
                .put("clip.use_gelu", GgufValue.of(true));
        tensor(writer, "v.patch_embd.weight", GgmlType.F16, Shape.of(WIDTH, 3, PATCH, PATCH));
        for (int layer = 0; layer < LAYERS; layer++) {
            layer(writer, "v.blk." + layer + ".");
        }
        norm(writer, "v.post_ln");
        switch (kind) {
            case "qwen2vl_merger" -> merger(writer);
            case "qwen2.5vl_merger" -> merger(writer.put("clip.vision.n_wa_pattern", GgufValue.u32(2)));
            case "qwen3vl_merger" -> {
                vector(writer, "v.patch_embd.bias", WIDTH);
                positions(writer, SIDE * SIDE);
                merger(writer);
            }
            case "gemma3" -> {
                positions(writer, SIDE * SIDE);
                writer.put("clip.vision.projector.scale_factor", GgufValue.u32(2));
                matrix(writer, "mm.input_projection.weight", embedding, WIDTH); // the other way round in these files
                vector(writer, "mm.soft_emb_norm.weight", WIDTH);
            }
            case "pixtral" -> {
                writer.put("clip.vision.spatial_merge_size", GgufValue.u32(2));
                linear(writer, "mm.1", WIDTH, embedding);
                linear(writer, "mm.2", embedding, embedding);
                vector(writer, "mm.input_norm.weight", WIDTH);
                matrix(writer, "mm.patch_merger.weight", 4 * WIDTH, WIDTH);
                vector(writer, "v.token_embd.img_break", embedding);
            }
            case "idefics3" -> {
                positions(writer, SIDE * SIDE);
                writer.put("clip.vision.projector.scale_factor", GgufValue.u32(2))
                        .put("clip.vision.preproc_image_size", GgufValue.u32(2 * SIDE * PATCH));
                matrix(writer, "mm.model.fc.weight", 4 * WIDTH, embedding);
            }
            case "internvl" -> {
                positions(writer, SIDE * SIDE + 1);
                vector(writer, "v.class_embd", WIDTH);
                writer.put("clip.vision.projector.scale_factor", GgufValue.u32(2));
                vector(writer, "mm.model.mlp.0.weight", 4 * WIDTH);
                vector(writer, "mm.model.mlp.0.bias", 4 * WIDTH);
                linear(writer, "mm.model.mlp.1", 4 * WIDTH, embedding);
                linear(writer, "mm.model.mlp.3", embedding, embedding);
            }
            default -> throw new IllegalArgumentException("no such kind: " + kind);
        }
        writer.write(path);
    }

    private void layer(GgufWriter writer, String block) {
        norm(writer, block + "ln1");
        norm(writer, block + "ln2");
        if (kind.equals("qwen3vl_merger")) {
            linear(writer, block + "attn_qkv", WIDTH, 3 * WIDTH);
        } else {
            linear(writer, block + "attn_q", WIDTH, WIDTH);
            linear(writer, block + "attn_k", WIDTH, WIDTH);
            linear(writer, block + "attn_v", WIDTH, WIDTH);
        }
        linear(writer, block + "attn_out", WIDTH, WIDTH);
        linear(writer, block + "ffn_up", WIDTH, FEED_FORWARD);
        linear(writer, block + "ffn_down", FEED_FORWARD, WIDTH);
        if (kind.equals("pixtral")) {
            linear(writer, block + "ffn_gate", WIDTH, FEED_FORWARD);
        }
    }

    /// Two by two patches become one row.
    private void merger(GgufWriter writer) {
        tensor(writer, "v.patch_embd.weight.1", GgmlType.F16, Shape.of(WIDTH, 3, PATCH, PATCH));
        linear(writer, "mm.0", 4 * WIDTH, 4 * WIDTH);
        linear(writer, "mm.2", 4 * WIDTH, embedding);
    }

    private static void positions(GgufWriter writer, int count) {
        tensor(writer, "v.position_embd.weight", GgmlType.F32, Shape.of(count, WIDTH));
    }

    private static void norm(GgufWriter writer, String name) {
        vector(writer, name + ".weight", WIDTH);
        vector(writer, name + ".bias", WIDTH);
    }

    private static void linear(GgufWriter writer, String name, int inputs, int outputs) {
        matrix(writer, name + ".weight", inputs, outputs);
        vector(writer, name + ".bias", outputs);
    }

    private static void matrix(GgufWriter writer, String name, int inputs, int outputs) {
        tensor(writer, name, GgmlType.F16, Shape.of(outputs, inputs));
    }

    private static void vector(GgufWriter writer, String name, int length) {
        tensor(writer, name, GgmlType.F32, Shape.of(length));
    }

    private static void tensor(GgufWriter writer, String name, GgmlType type, Shape shape) {
        writer.tensor(name, type, shape, channel -> {
            SplittableRandom random = new SplittableRandom(name.hashCode());
            ByteBuffer data = ByteBuffer.allocate(
                            (type == GgmlType.F16 ? 2 : 4) * Math.toIntExact(shape.elementCount()))
                    .order(ByteOrder.LITTLE_ENDIAN);
            while (data.hasRemaining()) {
                float value = (float) (random.nextDouble() - 0.5) / 4;
                if (type == GgmlType.F16) {
                    data.putShort(Float.floatToFloat16(value));
                } else {
                    data.putFloat(value);
                }
            }
            channel.write(data.flip());
        });
    }
}
