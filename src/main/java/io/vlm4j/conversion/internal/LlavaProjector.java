package io.vlm4j.conversion.internal;

import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// CLIP's vision tower and LLaVA's projector as mtmd's `clip` of the projector type `mlp`.
///
/// @param config    the whole configuration
/// @param processor preprocessor_config.json
/// @param next      whether it is LLaVA-NeXT, with tiles and a row that ends their rows
record LlavaProjector(Config config, Config processor, boolean next) {
    private static final int MOST_PINPOINTS = 1000;

    private Config vision() {
        return config.object("vision_config");
    }

    /// What config.json leaves out is CLIP ViT-L/14 at 336 pixels if there is nothing at all, and else transformers'
    /// default of a CLIP tower.
    private int size(String key, int large, int plain) {
        return vision().integer(key, config.has("vision_config") ? plain : large);
    }

    private int width() {
        return size("hidden_size", 1024, 768);
    }

    private int feedForward() {
        return size("intermediate_size", 4096, 3072);
    }

    private int layers() {
        return size("num_hidden_layers", 24, 12);
    }

    private int patch() {
        return size("patch_size", 14, 32);
    }

    private int image() {
        return size("image_size", 336, 224);
    }

    /// How many layers the rows of a picture go through.
    private int featureLayer() {
        if (config.node().path("vision_feature_layer").isArray()) {
            throw config.wrong("vision_feature_layer", "one layer");
        }
        int given = config.signed("vision_feature_layer", -2);
        int layer = given < 0 ? layers() + 1 + given : given;
        if (layer < 1 || layer > layers()) {
            throw config.wrong("vision_feature_layer", "one of the tower's " + layers() + " layers");
        }
        return layer;
    }

    private void check() {
        if (!vision().text("model_type", "clip_vision_model").equals("clip_vision_model")) {
            throw vision().wrong("model_type", "clip_vision_model, the tower that is converted");
        }
        String activation = vision().text("hidden_act", "quick_gelu");
        if (!activation.equals("quick_gelu") && !activation.equals("gelu")) {
            throw vision().wrong("hidden_act", "quick_gelu or gelu");
        }
        if (!config.text("projector_hidden_act", "gelu").equals("gelu")) {
            throw config.wrong("projector_hidden_act", "gelu, which mtmd computes");
        }
        if (!config.text("vision_feature_select_strategy", "default").equals("default")) {
            throw config.wrong("vision_feature_select_strategy", "default: mtmd leaves out the class token");
        }
        if (!config.truth("multimodal_projector_bias", true)) {
            throw config.wrong("multimodal_projector_bias", "true: mtmd's projector has biases");
        }
        if (patch() == 0 || image() % patch() != 0) {
            throw vision().wrong("patch_size", "a divisor of image_size, " + image());
        }
    }

    void plan(FilePlan file, String name, int embedding) {
        check();
        file.general("clip", "mmproj", name)
                .put("clip.has_vision_encoder", GgufValue.of(true))
                .put("clip.has_llava_projector", GgufValue.of(true))
                .put("clip.projector_type", "mlp")
                .put("clip.vision.image_size", image())
                .put("clip.vision.patch_size", patch())
                .put("clip.vision.embedding_length", width())
                .put("clip.vision.feed_forward_length", feedForward())
                .put("clip.vision.projection_dim", embedding)
                .put("clip.vision.attention.head_count", size("num_attention_heads", 16, 12))
                .put("clip.vision.attention.layer_norm_epsilon", GgufValue.of(vision().number("layer_norm_eps", 1e-5)))
                .put("clip.vision.block_count", featureLayer())
                .put("clip.vision.feature_layer", GgufValue.integers(GgufType.I32, featureLayer()))
                .put("clip.vision.image_mean", GgufValue.floats(processor.colour("image_mean")))
                .put("clip.vision.image_std", GgufValue.floats(processor.colour("image_std")))
                .put(
                        "clip.use_gelu",
                        GgufValue.of(vision().text("hidden_act", "quick_gelu").equals("gelu")));
        if (next) {
            file.put("clip.vision.image_grid_pinpoints", pinpoints())
                    .put("clip.vision.mm_patch_merge_type", "spatial_unpad");
        }
        tensors(file, embedding);
        file.finish();
    }

    /// transformers has heights first, mtmd widths.
    private GgufValue pinpoints() {
        JsonNode pairs = config.array("image_grid_pinpoints");
        if (pairs.isEmpty()) {
            pairs = processor.array("image_grid_pinpoints");
        }
        if (pairs.isEmpty() || pairs.size() > MOST_PINPOINTS) {
            throw config.wrong("image_grid_pinpoints", "1 to " + MOST_PINPOINTS + " pairs of height and width");
        }
        long[] sides = new long[2 * pairs.size()];
        for (int i = 0; i < pairs.size(); i++) {
            JsonNode pair = pairs.get(i);
            if (pair.size() != 2 || side(pair.get(0)) || side(pair.get(1))) {
                throw config.wrong(
                        "image_grid_pinpoints", "pairs of height and width, multiples of image_size, " + image());
            }
            sides[2 * i] = pair.get(1).intValue();
            sides[2 * i + 1] = pair.get(0).intValue();
        }
        return GgufValue.integers(GgufType.I32, sides);
    }

    private boolean side(JsonNode number) {
        return !number.isInt() || number.intValue() <= 0 || number.intValue() % image() != 0;
    }

    private void tensors(FilePlan file, int embedding) {
        long patches = (long) (image() / patch()) * (image() / patch());
        String tower = "vision_tower.";
        file.add("v.class_embd", tower + "embeddings.class_embedding", width())
                .add("v.patch_embd.weight", tower + "embeddings.patch_embedding.weight", width(), 3, patch(), patch())
                .add("v.position_embd.weight", tower + "embeddings.position_embedding.weight", patches + 1, width())
                .addPair("v.pre_ln", tower + "pre_layrnorm", width());
        ClipLayers.add(file, tower, featureLayer(), width(), feedForward());
        file.addLinear("mm.0", "multi_modal_projector.linear_1", embedding, width())
                .addLinear("mm.2", "multi_modal_projector.linear_2", embedding, embedding);
        if (next) {
            file.add("v.image_newline", "image_newline", embedding);
        }
        file.weights().ignore(Pattern.compile("vision_tower\\.(embeddings\\.position_ids|post_layernorm\\..*)"));
        for (int layer = featureLayer(); layer < layers(); layer++) {
            file.weights().ignore(Pattern.compile("vision_tower\\.encoder\\.layers\\." + layer + "\\..*"));
        }
    }
}
