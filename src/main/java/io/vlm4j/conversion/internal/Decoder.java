package io.vlm4j.conversion.internal;

import io.vlm4j.gguf.GgufValue;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;

/// A LLaMA or Mistral decoder as llama.cpp's `llama`. What config.json leaves out has transformers' defaults.
///
/// @param config `text_config`, or the whole configuration of a text model
record Decoder(Config config) {
    private boolean isMistral() {
        return config.text("model_type", "llama").equals("mistral");
    }

    Decoder {
        String kind = config.text("model_type", "llama");
        if (!kind.equals("llama") && !kind.equals("mistral")) {
            throw config.wrong("model_type", "llama or mistral, the decoders that are converted");
        }
        if (!config.text("hidden_act", "silu").equals("silu")) {
            throw config.wrong("hidden_act", "silu");
        }
    }

    int embedding() {
        return config.integer("hidden_size", 4096);
    }

    int layers() {
        return config.integer("num_hidden_layers", 32);
    }

    int vocabulary() {
        return config.integer("vocab_size", 32000);
    }

    int heads() {
        return config.integer("num_attention_heads", 32);
    }

    int keyHeads() {
        return config.integer("num_key_value_heads", isMistral() ? 8 : heads());
    }

    private int headSize() {
        return config.integer("head_dim", embedding() / Math.max(1, heads()));
    }

    private int feedForward() {
        return config.integer("intermediate_size", isMistral() ? 14336 : 11008);
    }

    /// Checks what divides what, so that no head is torn.
    void check() {
        if (heads() == 0 || heads() > embedding()) {
            throw config.wrong("num_attention_heads", "1 to hidden_size, " + embedding());
        }
        if (keyHeads() == 0 || heads() % keyHeads() != 0) {
            throw config.wrong("num_key_value_heads", "a divisor of the " + heads() + " attention heads");
        }
        if (headSize() == 0 || headSize() % 2 != 0) {
            throw config.wrong("head_dim", "even, so that its halves can be rotated");
        }
    }

    /// The shapes of all matrices, by their names in GGUF files.
    Map<String, Shape> matrices() {
        Map<String, Shape> matrices = new HashMap<>();
        long width = embedding();
        long queries = (long) heads() * headSize();
        long keys = (long) keyHeads() * headSize();
        matrices.put("token_embd.weight", Shape.of(vocabulary(), width));
        matrices.put("output.weight", Shape.of(vocabulary(), width));
        for (int layer = 0; layer < layers(); layer++) {
            String name = "blk." + layer + ".";
            matrices.put(name + "attn_q.weight", Shape.of(queries, width));
            matrices.put(name + "attn_k.weight", Shape.of(keys, width));
            matrices.put(name + "attn_v.weight", Shape.of(keys, width));
            matrices.put(name + "attn_output.weight", Shape.of(width, queries));
            matrices.put(name + "ffn_gate.weight", Shape.of(feedForward(), width));
            matrices.put(name + "ffn_up.weight", Shape.of(feedForward(), width));
            matrices.put(name + "ffn_down.weight", Shape.of(width, feedForward()));
        }
        return matrices;
    }

    void describe(FilePlan file) {
        file.put("llama.block_count", layers())
                .put("llama.context_length", config.integer("max_position_embeddings", isMistral() ? 131072 : 2048))
                .put("llama.embedding_length", embedding())
                .put("llama.feed_forward_length", feedForward())
                .put("llama.attention.head_count", heads())
                .put("llama.attention.head_count_kv", keyHeads())
                .put("llama.attention.layer_norm_rms_epsilon", GgufValue.of(config.number("rms_norm_eps", 1e-6)))
                .put("llama.vocab_size", vocabulary())
                .put("llama.rope.dimension_count", headSize());
        if (config.has("head_dim")) {
            file.put("llama.attention.key_length", headSize()).put("llama.attention.value_length", headSize());
        }
        rotation().describe(file);
    }

    private Rotation rotation() {
        return Rotation.of(config, headSize());
    }

    void tensors(FilePlan file, boolean tied) {
        int width = embedding();
        file.add("token_embd.weight", "language_model.embed_tokens.weight", vocabulary(), width);
        rotation().tensors(file);
        for (int layer = 0; layer < layers(); layer++) {
            String to = "blk." + layer + ".";
            String from = "language_model.layers." + layer + ".";
            file.add(to + "attn_norm.weight", from + "input_layernorm.weight", width);
            rotated(file, to + "attn_q", from + "self_attn.q_proj", heads());
            rotated(file, to + "attn_k", from + "self_attn.k_proj", keyHeads());
            linear(file, to + "attn_v", from + "self_attn.v_proj", (long) keyHeads() * headSize(), width);
            linear(file, to + "attn_output", from + "self_attn.o_proj", width, (long) heads() * headSize());
            file.add(to + "ffn_norm.weight", from + "post_attention_layernorm.weight", width);
            linear(file, to + "ffn_gate", from + "mlp.gate_proj", feedForward(), width);
            linear(file, to + "ffn_up", from + "mlp.up_proj", feedForward(), width);
            linear(file, to + "ffn_down", from + "mlp.down_proj", width, feedForward());
        }
        file.add("output_norm.weight", "language_model.norm.weight", width);
        if (!tied) {
            file.add("output.weight", "lm_head.weight", vocabulary(), width);
        }
    }

    private static void linear(FilePlan file, String to, String from, long outputs, long inputs) {
        file.add(to + ".weight", from + ".weight", outputs, inputs);
        if (file.weights().has(from + ".bias")) {
            file.add(to + ".bias", from + ".bias", outputs);
        }
    }

    private void rotated(FilePlan file, String to, String from, int count) {
        long outputs = (long) count * headSize();
        Tensor matrix = file.weights().take(from + ".weight", outputs, embedding());
        file.add(to + ".weight", matrix.shape(), Rows.of(matrix).interleaved(count));
        if (file.weights().has(from + ".bias")) {
            Tensor bias = file.weights().take(from + ".bias", outputs);
            file.add(to + ".bias", Shape.of(outputs), Rows.column(bias).interleaved(count));
        }
    }
}
