package io.vlm4j.conversion.internal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A matrix of a text model that adapters can be beside.
///
/// @param tensor its name in GGUF files
/// @param layer  -1 before all layers, [Integer#MAX_VALUE] after them
/// @param place  in the layer
record TextModule(String tensor, int layer, int place) implements Comparable<TextModule> {
    private static final Pattern LAYER = Pattern.compile("(?:language_model|text_model)\\.layers\\.(\\d{1,4})\\.(.+)");

    private static final Pattern NOT_TEXT =
            Pattern.compile("(?:.*\\.)?(?:vision_tower|vision_model|visual|vision_embed_tokens"
                    + "|multi_modal_projector|mm_projector|connector|audio_tower|image_to_text_projection)(?:\\..*)?");

    private static final Map<String, String> PARTS = parts();

    private static Map<String, String> parts() {
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put("self_attn.q_proj", "attn_q");
        parts.put("self_attn.k_proj", "attn_k");
        parts.put("self_attn.v_proj", "attn_v");
        parts.put("self_attn.qkv_proj", "attn_qkv");
        parts.put("self_attn.o_proj", "attn_output");
        parts.put("mlp.gate_proj", "ffn_gate");
        parts.put("mlp.up_proj", "ffn_up");
        parts.put("mlp.gate_up_proj", "ffn_up");
        parts.put("mlp.down_proj", "ffn_down");
        return parts;
    }

    /// By its name in transformers; empty for others.
    static Optional<TextModule> of(String module) {
        String name = Weights.canonical(module + ".");
        if (name.equals("language_model.embed_tokens.") || name.equals("text_model.embed_tokens.")) {
            return Optional.of(new TextModule("token_embd.weight", -1, 0));
        }
        if (name.equals("lm_head.")) {
            return Optional.of(new TextModule("output.weight", Integer.MAX_VALUE, 0));
        }
        Matcher layer = LAYER.matcher(name.substring(0, name.length() - 1));
        if (!layer.matches() || !PARTS.containsKey(layer.group(2))) {
            return Optional.empty();
        }
        int index = Integer.parseInt(layer.group(1));
        int place = List.copyOf(PARTS.keySet()).indexOf(layer.group(2));
        return Optional.of(new TextModule("blk." + index + "." + PARTS.get(layer.group(2)) + ".weight", index, place));
    }

    /// Whether a module belongs to the vision tower or the projector.
    static boolean isNotText(String module) {
        return NOT_TEXT.matcher(module).matches();
    }

    boolean isEmbedding() {
        return layer < 0;
    }

    boolean isQueries() {
        return tensor.endsWith(".attn_q.weight");
    }

    boolean isKeys() {
        return tensor.endsWith(".attn_k.weight");
    }

    @Override
    public int compareTo(TextModule other) {
        return layer == other.layer ? Integer.compare(place, other.place) : Integer.compare(layer, other.layer);
    }
}
