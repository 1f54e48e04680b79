package io.vlm4j.testkit;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.SplittableRandom;

/// The mmproj of a LLaVA-1.5 of any size with random weights (F16 matrices), as [RandomLlama] is its text model.
///
/// @param layers      of the vision tower
/// @param width       of the vision tower, a multiple of 64: heads are 64 wide
/// @param imageSize   pixels a side
/// @param patchSize   pixels a side
/// @param embedding   of the text model
/// @param seed        of the weights
public record RandomClip(int layers, int width, int imageSize, int patchSize, int embedding, long seed) {
    private static final int HEAD = 64;

    /// A ViT-B/16 at 384 pixels: 86 million parameters, 576 tokens for each picture.
    public static RandomClip base(int embedding) {
        return new RandomClip(13, 768, 384, 16, embedding, 1); // the last layer is not used
    }

    /// Writes the file.
    public void write(Path path) {
        int patches = imageSize / patchSize * (imageSize / patchSize);
        GgufWriter writer = GgufWriter.create()
                .put("general.architecture", "clip")
                .put("general.name", "random clip, seed " + seed)
                .put("general.file_type", GgufValue.u32(1))
                .put("clip.has_vision_encoder", GgufValue.of(true))
                .put("clip.has_llava_projector", GgufValue.of(true))
                .put("clip.projector_type", "mlp")
                .put("clip.vision.image_size", GgufValue.u32(imageSize))
                .put("clip.vision.patch_size", GgufValue.u32(patchSize))
                .put("clip.vision.embedding_length", GgufValue.u32(width))
                .put("clip.vision.feed_forward_length", GgufValue.u32(4 * width))
                .put("clip.vision.projection_dim", GgufValue.u32(embedding))
                .put("clip.vision.attention.head_count", GgufValue.u32(width / HEAD))
                .put("clip.vision.attention.layer_norm_epsilon", GgufValue.of(1e-5f))
                .put("clip.vision.block_count", GgufValue.u32(layers))
                .put("clip.vision.feature_layer", GgufValue.integers(GgufType.I32, layers - 1))
                .put("clip.vision.image_mean", GgufValue.floats(0.48f, 0.46f, 0.41f))
                .put("clip.vision.image_std", GgufValue.floats(0.27f, 0.26f, 0.28f))
                .put("clip.use_gelu", GgufValue.of(false));
        linear("mm.0", embedding, width, writer);
        linear("mm.2", embedding, embedding, writer);
        vector("v.class_embd", Shape.of(width), 0, writer);
        matrix("v.patch_embd.weight", Shape.of(width, 3, patchSize, patchSize), 3 * patchSize * patchSize, writer);
        vector("v.position_embd.weight", Shape.of(patches + 1, width), 0, writer);
        for (int layer = 0; layer < layers; layer++) {
            String block = "v.blk." + layer + ".";
            norm(block + "ln1", writer);
            norm(block + "ln2", writer);
            linear(block + "ffn_up", 4 * width, width, writer);
            linear(block + "ffn_down", width, 4 * width, writer);
            for (String part : new String[] {"attn_k", "attn_out", "attn_q", "attn_v"}) {
                linear(block + part, width, width, writer);
            }
        }
        norm("v.pre_ln", writer);
        writer.write(path);
    }

    private void norm(String name, GgufWriter writer) {
        vector(name + ".weight", Shape.of(width), 1, writer);
        vector(name + ".bias", Shape.of(width), 0, writer);
    }

    private void linear(String name, int outputs, int inputs, GgufWriter writer) {
        matrix(name + ".weight", Shape.of(outputs, inputs), inputs, writer);
        vector(name + ".bias", Shape.of(outputs), 0, writer);
    }

    /// F32 values around `mean`.
    private void vector(String name, Shape shape, float mean, GgufWriter writer) {
        writer.tensor(name, GgmlType.F32, shape, channel -> {
            SplittableRandom random = new SplittableRandom(seed * 31 + name.hashCode());
            ByteBuffer data = ByteBuffer.allocate(Math.toIntExact(4 * shape.elementCount()))
                    .order(ByteOrder.LITTLE_ENDIAN);
            while (data.hasRemaining()) {
                data.putFloat(mean + (float) (random.nextDouble() - 0.5) / 10);
            }
            channel.write(data.flip());
        });
    }

    private void matrix(String name, Shape shape, int inputs, GgufWriter writer) {
        double deviation = Math.sqrt(3.0 / inputs);
        writer.tensor(name, GgmlType.F16, shape, channel -> {
            SplittableRandom random = new SplittableRandom(seed * 31 + name.hashCode());
            ByteBuffer data = ByteBuffer.allocate(Math.toIntExact(2 * shape.elementCount()))
                    .order(ByteOrder.LITTLE_ENDIAN);
            while (data.hasRemaining()) {
                data.putShort(Float.floatToFloat16((float) ((2 * random.nextDouble() - 1) * deviation)));
            }
            channel.write(data.flip());
        });
    }
}
