package io.vlm4j.conversion.internal;

import io.vlm4j.gguf.GgufValue;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;

/// Fuyu as a GGUF of our own; `docs/architectures.md` names keys and tensors.
///
/// @param config    the whole configuration
/// @param processor preprocessor_config.json
record FuyuModel(Config config, Config processor) {
    private static final String ARCHITECTURE = "fuyu";

    private Config text() {
        return config.has("text_config") ? config.object("text_config") : config;
    }

    int layers() {
        return text().integer("num_hidden_layers", 36);
    }

    int vocabulary() {
        return text().integer("vocab_size", 262144);
    }

    private int width() {
        return text().integer("hidden_size", 4096);
    }

    private int heads() {
        return text().integer("num_attention_heads", 64);
    }

    private int feedForward() {
        return text().integer("intermediate_size", 16384);
    }

    private int patch() {
        return config.integer("patch_size", 30);
    }

    private boolean normsHeads() {
        return text().truth("qk_layernorm", true);
    }

    private void check() {
        if (!text().text("hidden_act", "relu2").equals("relu2")) {
            throw text().wrong("hidden_act", "relu2");
        }
        if (heads() == 0 || width() % heads() != 0) {
            throw text().wrong("num_attention_heads", "a divisor of hidden_size, " + width());
        }
        if (text().truth("tie_word_embeddings", false)) {
            throw text().wrong("tie_word_embeddings", "false");
        }
    }

    void plan(FilePlan file, String name, Vocabulary vocabulary) {
        check();
        Config rope = text().has("rope_parameters") ? text().object("rope_parameters") : text();
        float part = rope.number("partial_rotary_factor", text().number("partial_rotary_factor", 0.5));
        String type = rope.text("rope_type", "default");
        if (!type.equals("default") || text().has("rope_scaling")) {
            throw text().wrong("rope_scaling", "left out: stretched positions of Fuyu are not converted");
        }
        Config size = processor.object("size");
        Key key = new Key(file, ARCHITECTURE);
        file.general(ARCHITECTURE, "model", name);
        key.put("context_length", text().integer("max_position_embeddings", 16384))
                .put("embedding_length", width())
                .put("block_count", layers())
                .put("feed_forward_length", feedForward())
                .put("vocab_size", vocabulary())
                .put("attention.head_count", heads())
                .put("attention.head_count_kv", heads())
                .put("attention.layer_norm_epsilon", GgufValue.of(text().number("layer_norm_eps", 1e-5)))
                .put("attention.qk_norm", GgufValue.of(normsHeads()))
                .put("rope.dimension_count", rotated(part))
                .put("rope.freq_base", GgufValue.of(rope.number("rope_theta", 25000)))
                .put("activation", GgufValue.of("relu2"))
                .put("vision.patch_size", patch())
                .put("vision.image_height", size.integer("height", 1080))
                .put("vision.image_width", size.integer("width", 1920))
                .put("vision.image_mean", GgufValue.floats(colour("image_mean")))
                .put("vision.image_std", GgufValue.floats(colour("image_std")))
                .put("vision.padding_value", GgufValue.of(processor.number("padding_value", 1)))
                .put("image_token_id", vocabulary.id("|SPEAKER|"))
                .put("newline_token_id", vocabulary.id("|NEWLINE|"))
                .put("answer_token_id", vocabulary.id("<0x04>"));
        vocabulary.describe(file);
        tensors(file);
        file.finish();
    }

    /// The numbers of a head that are rotated.
    private int rotated(float part) {
        int head = width() / heads();
        return (int) (head * part);
    }

    private float[] colour(String key) {
        return processor.has(key) ? processor.colour(key) : new float[] {0.5f, 0.5f, 0.5f};
    }

    private void tensors(FilePlan file) {
        int width = width();
        int head = width / heads();
        file.add("token_embd.weight", "language_model.embed_tokens.weight", vocabulary(), width)
                .addLinear("v.patch_embd", "vision_embed_tokens", width, 3L * patch() * patch());
        for (int layer = 0; layer < layers(); layer++) {
            String to = "blk." + layer + ".";
            String from = "language_model.layers." + layer + ".";
            file.addPair(to + "attn_norm", from + "input_layernorm", width);
            apart(file, to, from + "self_attn.query_key_value");
            if (normsHeads()) {
                file.addPair(to + "attn_q_norm", from + "self_attn.q_layernorm", head)
                        .addPair(to + "attn_k_norm", from + "self_attn.k_layernorm", head);
            }
            file.addLinear(to + "attn_output", from + "self_attn.dense", width, width)
                    .addPair(to + "ffn_norm", from + "post_attention_layernorm", width)
                    .addLinear(to + "ffn_up", from + "mlp.dense_h_to_4h", feedForward(), width)
                    .addLinear(to + "ffn_down", from + "mlp.dense_4h_to_h", width, feedForward());
        }
        file.addPair("output_norm", "language_model.final_layernorm", width)
                .add("output.weight", "lm_head.weight", vocabulary(), width);
    }

    /// One matrix holds q, k and v of the first head, then those of the second, and so on.
    private void apart(FilePlan file, String to, String from) {
        long width = width();
        long head = width / heads();
        Tensor matrix = file.weights().take(from + ".weight", 3 * width, width);
        Tensor bias = file.weights().take(from + ".bias", 3 * width);
        String[] names = {"attn_q", "attn_k", "attn_v"};
        for (int i = 0; i < names.length; i++) {
            int part = i;
            Rows rows = Rows.of(matrix).ordered(width, row -> row / head * 3 * head + part * head + row % head);
            Rows biases = Rows.column(bias).ordered(width, row -> row / head * 3 * head + part * head + row % head);
            file.add(to + names[i] + ".weight", Shape.of(width, width), rows)
                    .add(to + names[i] + ".bias", Shape.of(width), biases);
        }
    }
}
