package io.vlm4j.conversion.internal;

import io.vlm4j.gguf.GgufValue;
import io.vlm4j.tensor.Tensor;
import java.util.regex.Pattern;

/// KOSMOS-2 as a GGUF of our own; `docs/architectures.md` names keys and tensors.
///
/// @param config    the whole configuration
/// @param processor preprocessor_config.json
/// @param tokens    processor_config.json: how many places a picture is divided into
record Kosmos2Model(Config config, Config processor, Config tokens) {
    private static final String ARCHITECTURE = "kosmos2";

    /// The processor fills the picture's place with the ids from here on, one for each row.
    private static final int FIRST_PLACEHOLDER = 4;

    private Config text() {
        return config.object("text_config");
    }

    private Config vision() {
        return config.object("vision_config");
    }

    int layers() {
        return text().integer("layers", 24);
    }

    int vocabulary() {
        return text().integer("vocab_size", 65037);
    }

    private int width() {
        return text().integer("embed_dim", 2048);
    }

    private int feedForward() {
        return text().integer("ffn_dim", 8192);
    }

    private int heads() {
        return text().integer("attention_heads", 32);
    }

    private int queries() {
        return config.integer("latent_query_num", 64);
    }

    private int towerWidth() {
        return vision().integer("hidden_size", 1024);
    }

    private int towerFeedForward() {
        return vision().integer("intermediate_size", 4096);
    }

    private int towerLayers() {
        return vision().integer("num_hidden_layers", 24);
    }

    private int image() {
        return vision().integer("image_size", 224);
    }

    private int patch() {
        return vision().integer("patch_size", 14);
    }

    private void check() {
        if (!text().text("activation_function", "gelu").equals("gelu")) {
            throw text().wrong("activation_function", "gelu");
        }
        if (!vision().text("hidden_act", "quick_gelu").equals("quick_gelu")) {
            throw vision().wrong("hidden_act", "quick_gelu");
        }
        if (heads() == 0 || width() % heads() != 0) {
            throw text().wrong("attention_heads", "a divisor of embed_dim, " + width());
        }
        if (patch() == 0 || image() % patch() != 0) {
            throw vision().wrong("patch_size", "a divisor of image_size, " + image());
        }
        if (!text().truth("tie_word_embeddings", true)) {
            throw text().wrong("tie_word_embeddings", "true");
        }
    }

    void plan(FilePlan file, String name, Vocabulary vocabulary) {
        check();
        file.general(ARCHITECTURE, "model", name);
        Key key = new Key(file, ARCHITECTURE);
        key.put("context_length", text().integer("max_position_embeddings", 2048))
                .put("embedding_length", width())
                .put("block_count", layers())
                .put("feed_forward_length", feedForward())
                .put("vocab_size", vocabulary())
                .put("attention.head_count", heads())
                .put("attention.head_count_kv", heads())
                .put("attention.layer_norm_epsilon", GgufValue.of(text().number("layer_norm_eps", 1e-5)))
                .put("embedding_scale", GgufValue.of(scale()))
                .put("position_offset", text().integer("pad_token_id", 1) + 1)
                .put("activation", GgufValue.of("gelu"))
                .put("vision.image_size", image())
                .put("vision.patch_size", patch())
                .put("vision.embedding_length", towerWidth())
                .put("vision.feed_forward_length", towerFeedForward())
                .put("vision.block_count", towerLayers())
                .put("vision.attention.head_count", vision().integer("num_attention_heads", 16))
                .put("vision.attention.layer_norm_epsilon", GgufValue.of(vision().number("layer_norm_eps", 1e-5)))
                .put("vision.activation", GgufValue.of("quick_gelu"))
                .put("vision.image_mean", GgufValue.floats(processor.colour("image_mean")))
                .put("vision.image_std", GgufValue.floats(processor.colour("image_std")))
                .put("vision.latent_query_count", queries());
        tokens(key, vocabulary);
        vocabulary.describe(file);
        tensors(file);
        file.weights()
                .ignore(Pattern.compile("text_model\\.(embed_positions\\..*|lm_head\\.weight)|.*\\.position_ids"));
        file.finish();
    }

    private float scale() {
        return text().truth("scale_embedding", true) ? (float) Math.sqrt(width()) : 1;
    }

    private void tokens(Key key, Vocabulary vocabulary) {
        int places = tokens.integer("num_patch_index_tokens", 1024);
        int first = vocabulary.id("<patch_index_0000>");
        if (places == 0 || vocabulary.id("<patch_index_%04d>".formatted(places - 1)) != first + places - 1) {
            throw tokens.wrong(
                    "num_patch_index_tokens", "the number of <patch_index_*> tokens, which follow one another");
        }
        key.put("image_start_token_id", vocabulary.id("<image>"))
                .put("image_end_token_id", vocabulary.id("</image>"))
                .put("image_placeholder_token_id", FIRST_PLACEHOLDER)
                .put("grounding_token_id", vocabulary.id("<grounding>"))
                .put("phrase_start_token_id", vocabulary.id("<phrase>"))
                .put("phrase_end_token_id", vocabulary.id("</phrase>"))
                .put("object_start_token_id", vocabulary.id("<object>"))
                .put("object_end_token_id", vocabulary.id("</object>"))
                .put("object_delimiter_token_id", vocabulary.id("</delimiter_of_multi_objects/>"))
                .put("patch_index_token_id", first)
                .put("patch_index_count", places);
    }

    private void tensors(FilePlan file) {
        int width = width();
        Tensor embeddings = file.weights().take("text_model.embed_tokens.weight", vocabulary(), width);
        Rows withoutPadding =
                Rows.of(embeddings).blanked(text().integer("pad_token_id", 1)); // as transformers loads it
        file.add("token_embd.weight", embeddings.shape(), withoutPadding);
        for (int layer = 0; layer < layers(); layer++) {
            String to = "blk." + layer + ".";
            String from = "text_model.layers." + layer + ".";
            file.addPair(to + "attn_norm", from + "self_attn_layer_norm", width)
                    .addLinear(to + "attn_q", from + "self_attn.q_proj", width, width)
                    .addLinear(to + "attn_k", from + "self_attn.k_proj", width, width)
                    .addLinear(to + "attn_v", from + "self_attn.v_proj", width, width)
                    .addPair(to + "attn_sub_norm", from + "self_attn.inner_attn_ln", width)
                    .addLinear(to + "attn_output", from + "self_attn.out_proj", width, width)
                    .addPair(to + "ffn_norm", from + "final_layer_norm", width)
                    .addLinear(to + "ffn_up", from + "ffn.fc1", feedForward(), width)
                    .addPair(to + "ffn_sub_norm", from + "ffn.ffn_layernorm", feedForward())
                    .addLinear(to + "ffn_down", from + "ffn.fc2", width, feedForward());
        }
        file.addPair("output_norm", "text_model.layer_norm", width);
        tower(file);
        String projection = "image_to_text_projection.";
        file.add("resampler.query", projection + "latent_query", queries(), width)
                .addLinear("resampler.kv", projection + "dense", width, towerWidth())
                .addLinear("resampler.attn.q", projection + "x_attn.q_proj", width, width)
                .addLinear("resampler.attn.k", projection + "x_attn.k_proj", width, width)
                .addLinear("resampler.attn.v", projection + "x_attn.v_proj", width, width)
                .addLinear("resampler.attn.out", projection + "x_attn.out_proj", width, width);
    }

    private void tower(FilePlan file) {
        int width = towerWidth();
        long patches = (long) (image() / patch()) * (image() / patch());
        String embeddings = "vision_model.embeddings.";
        file.add("v.class_embd", embeddings + "class_embedding", width)
                .add("v.patch_embd.weight", embeddings + "patch_embedding.weight", width, 3, patch(), patch())
                .add("v.position_embd.weight", embeddings + "position_embedding.weight", patches + 1, width)
                .addPair("v.pre_ln", "vision_model.pre_layrnorm", width);
        ClipLayers.add(file, "vision_model.", towerLayers(), width, towerFeedForward());
        file.addPair("v.post_ln", "vision_model.post_layernorm", width);
    }
}
