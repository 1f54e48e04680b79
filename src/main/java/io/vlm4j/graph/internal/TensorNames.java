package io.vlm4j.graph.internal;

/// How the tensors of a layer are called, after the layer's own prefix.
///
/// @param prefix of layers, to be followed by the number and a dot
record TensorNames(String prefix, String attentionNorm, String attentionOutput, String feedForwardNorm) {
    /// The matrix that makes logits of rows.
    static final String HEAD = "output.weight";

    static final String EMBEDDINGS = "token_embd.weight";
    static final String FINAL_NORM = "output_norm";

    /// As in text models.
    static final TensorNames DECODER = new TensorNames("blk.", "attn_norm", "attn_output", "ffn_norm");

    /// As in vision towers.
    static final TensorNames TOWER = new TensorNames("v.blk.", "ln1", "attn_out", "ln2");

    String layer(int index) {
        return prefix + index + ".";
    }
}
