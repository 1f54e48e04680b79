package io.vlm4j.conversion.internal;

/// The layers of a CLIP tower, under the names that mtmd gives them.
final class ClipLayers {
    private ClipLayers() {}

    static void add(FilePlan file, String tower, int layers, int width, int feedForward) {
        for (int layer = 0; layer < layers; layer++) {
            String to = "v.blk." + layer + ".";
            String from = tower + "encoder.layers." + layer + ".";
            file.addPair(to + "ln1", from + "layer_norm1", width)
                    .addLinear(to + "attn_q", from + "self_attn.q_proj", width, width)
                    .addLinear(to + "attn_k", from + "self_attn.k_proj", width, width)
                    .addLinear(to + "attn_v", from + "self_attn.v_proj", width, width)
                    .addLinear(to + "attn_out", from + "self_attn.out_proj", width, width)
                    .addPair(to + "ln2", from + "layer_norm2", width)
                    .addLinear(to + "ffn_up", from + "mlp.fc1", feedForward, width)
                    .addLinear(to + "ffn_down", from + "mlp.fc2", width, feedForward);
        }
    }
}
