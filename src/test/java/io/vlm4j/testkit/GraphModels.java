package io.vlm4j.testkit;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.gguf.Safetensors;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/// The reference data's Fuyu and KOSMOS-2 as GGUF files in F32, without their tokenizers; see `docs/architectures.md`.
public final class GraphModels {
    private GraphModels() {}

    /// Writes `golden/models/fuyu`.
    public static void writeFuyu(Path path) {
        try (Safetensors weights = Safetensors.open(TestModels.reference("golden/models/fuyu/model.safetensors"))) {
            GgufWriter writer = GgufWriter.create()
                    .put("general.architecture", "fuyu")
                    .put("fuyu.attention.layer_norm_epsilon", GgufValue.of(1e-5f))
                    .put("fuyu.attention.qk_norm", GgufValue.of(true))
                    .put("fuyu.rope.freq_base", GgufValue.of(25_000f))
                    .put("fuyu.activation", "relu2")
                    .put("fuyu.vision.image_mean", GgufValue.floats(0.5f, 0.5f, 0.5f))
                    .put("fuyu.vision.image_std", GgufValue.floats(0.5f, 0.5f, 0.5f))
                    .put("fuyu.vision.padding_value", GgufValue.of(1f))
                    .put("tokenizer.ggml.bos_token_id", GgufValue.u32(1));
            integers(writer, "fuyu.", """
                    context_length 512, embedding_length 64, block_count 2, feed_forward_length 192, vocab_size 336,
                    attention.head_count 4, attention.head_count_kv 4, rope.dimension_count 8, vision.patch_size 30,
                    vision.image_height 90, vision.image_width 120, image_token_id 330, newline_token_id 331,
                    answer_token_id 8""");
            copy(writer, weights, "language_model.model.embed_tokens.weight", "token_embd.weight");
            copy(writer, weights, "language_model.lm_head.weight", "output.weight");
            pair(writer, weights, "language_model.model.final_layernorm", "output_norm");
            pair(writer, weights, "vision_embed_tokens", "v.patch_embd");
            for (int i = 0; i < 2; i++) {
                String from = "language_model.model.layers." + i + ".";
                String to = "blk." + i + ".";
                apart(writer, weights, from + "self_attn.query_key_value", to, 4);
                Map.of(
                                "input_layernorm", "attn_norm",
                                "self_attn.q_layernorm", "attn_q_norm",
                                "self_attn.k_layernorm", "attn_k_norm",
                                "self_attn.dense", "attn_output",
                                "post_attention_layernorm", "ffn_norm",
                                "mlp.dense_h_to_4h", "ffn_up",
                                "mlp.dense_4h_to_h", "ffn_down")
                        .forEach((hf, ours) -> pair(writer, weights, from + hf, to + ours));
            }
            writer.write(path);
        }
    }

    /// Writes `golden/models/kosmos2`.
    public static void writeKosmos2(Path path) {
        try (Safetensors weights = Safetensors.open(TestModels.reference("golden/models/kosmos2/model.safetensors"))) {
            GgufWriter writer = GgufWriter.create()
                    .put("general.architecture", "kosmos2")
                    .put("kosmos2.attention.layer_norm_epsilon", GgufValue.of(1e-5f))
                    .put("kosmos2.embedding_scale", GgufValue.of(8f))
                    .put("kosmos2.activation", "gelu")
                    .put("kosmos2.vision.attention.layer_norm_epsilon", GgufValue.of(1e-5f))
                    .put("kosmos2.vision.activation", "quick_gelu")
                    .put("kosmos2.vision.image_mean", GgufValue.floats(0.48145466f, 0.4578275f, 0.40821073f))
                    .put("kosmos2.vision.image_std", GgufValue.floats(0.26862954f, 0.26130258f, 0.27577711f))
                    .put("tokenizer.ggml.bos_token_id", GgufValue.u32(0));
            integers(writer, "kosmos2.", """
                    context_length 256, embedding_length 64, block_count 2, feed_forward_length 160, vocab_size 1110,
                    attention.head_count 4, attention.head_count_kv 4, position_offset 2, vision.image_size 56,
                    vision.patch_size 14, vision.embedding_length 48, vision.feed_forward_length 96,
                    vision.block_count 2, vision.attention.head_count 4, vision.latent_query_count 64,
                    image_start_token_id 76, image_end_token_id 77""");
            withoutPadding(writer, weights.tensor("text_model.model.embed_tokens.weight"));
            pair(writer, weights, "text_model.model.layer_norm", "output_norm");
            String vision = "vision_model.model.";
            copy(writer, weights, vision + "embeddings.class_embedding", "v.class_embd");
            copy(writer, weights, vision + "embeddings.patch_embedding.weight", "v.patch_embd.weight");
            copy(writer, weights, vision + "embeddings.position_embedding.weight", "v.position_embd.weight");
            pair(writer, weights, vision + "pre_layrnorm", "v.pre_ln");
            pair(writer, weights, vision + "post_layernorm", "v.post_ln");
            String resampler = "image_to_text_projection.";
            copy(writer, weights, resampler + "latent_query", "resampler.query");
            pair(writer, weights, resampler + "dense", "resampler.kv");
            Map.of("q_proj", "q", "k_proj", "k", "v_proj", "v", "out_proj", "out")
                    .forEach((hf, ours) -> pair(writer, weights, resampler + "x_attn." + hf, "resampler.attn." + ours));
            for (int i = 0; i < 2; i++) {
                kosmosLayer(writer, weights, i);
            }
            writer.write(path);
        }
    }

    /// Embeddings whose row of the padding token is zero, which transformers makes it when it loads the model.
    private static void withoutPadding(GgufWriter writer, Tensor table) {
        float[] rows = table.toFloatArray();
        int width = Math.toIntExact(table.shape().dim(1));
        Arrays.fill(rows, width, 2 * width, 0); // token 1
        MemorySegment bytes = MemorySegment.ofArray(new byte[rows.length * Float.BYTES]);
        MemorySegment.copy(rows, 0, bytes, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, rows.length);
        writer.tensor("token_embd.weight", GgmlType.F32, table.shape(), bytes);
    }

    private static void kosmosLayer(GgufWriter writer, Safetensors weights, int layer) {
        Map.of(
                        "self_attn_layer_norm", "attn_norm",
                        "self_attn.q_proj", "attn_q",
                        "self_attn.k_proj", "attn_k",
                        "self_attn.v_proj", "attn_v",
                        "self_attn.inner_attn_ln", "attn_sub_norm",
                        "self_attn.out_proj", "attn_output",
                        "final_layer_norm", "ffn_norm",
                        "ffn.fc1", "ffn_up",
                        "ffn.ffn_layernorm", "ffn_sub_norm",
                        "ffn.fc2", "ffn_down")
                .forEach((hf, ours) -> pair(
                        writer, weights, "text_model.model.layers." + layer + "." + hf, "blk." + layer + "." + ours));
        Map.of(
                        "layer_norm1", "ln1",
                        "layer_norm2", "ln2",
                        "self_attn.q_proj", "attn_q",
                        "self_attn.k_proj", "attn_k",
                        "self_attn.v_proj", "attn_v",
                        "self_attn.out_proj", "attn_out",
                        "mlp.fc1", "ffn_up",
                        "mlp.fc2", "ffn_down")
                .forEach((hf, ours) -> pair(
                        writer,
                        weights,
                        "vision_model.model.encoder.layers." + layer + "." + hf,
                        "v.blk." + layer + "." + ours));
    }

    private static void integers(GgufWriter writer, String prefix, String list) {
        for (String entry : list.split(",")) {
            String[] parts = entry.strip().split(" ");
            writer.put(prefix + parts[0], GgufValue.u32(Long.parseLong(parts[1])));
        }
    }

    private static void pair(GgufWriter writer, Safetensors weights, String from, String to) {
        copy(writer, weights, from + ".weight", to + ".weight");
        copy(writer, weights, from + ".bias", to + ".bias");
    }

    private static void copy(GgufWriter writer, Safetensors weights, String from, String to) {
        Tensor tensor = weights.tensor(from);
        writer.tensor(to, GgmlType.F32, tensor.shape(), tensor.segment());
    }

    /// Rows of q, k and v follow each other head by head.
    private static void apart(GgufWriter writer, Safetensors weights, String from, String to, int heads) {
        for (String kind : new String[] {".weight", ".bias"}) {
            Tensor all = weights.tensor(from + kind);
            float[] numbers = all.toFloatArray();
            int third = numbers.length / 3;
            int head = third / heads;
            String[] names = {"attn_q", "attn_k", "attn_v"};
            for (int part = 0; part < names.length; part++) {
                float[] own = new float[third];
                for (int i = 0; i < heads; i++) {
                    System.arraycopy(numbers, (i * 3 + part) * head, own, i * head, head);
                }
                long[] dims = all.shape().dims();
                dims[0] /= 3;
                MemorySegment bytes = MemorySegment.ofArray(new byte[third * Float.BYTES]);
                MemorySegment.copy(own, 0, bytes, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, third);
                writer.tensor(to + names[part] + kind, GgmlType.F32, Shape.of(dims), bytes);
            }
        }
    }
}
