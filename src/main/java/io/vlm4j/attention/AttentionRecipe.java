package io.vlm4j.attention;

/// What is made of the attentions of all layers and heads when a word is chosen. Attention is no proof of what a model
/// used; recipes differ in how well they point at it.
public enum AttentionRecipe {
    /// The mean over all heads of the later half of the layers.
    LATE_LAYERS,
    /// Attention followed through all layers, half of it staying where it is at each (roll-out; Abnar and Zuidema,
    /// 2020). In causal models much of it ends at the first tokens, which all others have read; it points worst.
    ROLLOUT,
    /// What the word's attention (mean over heads and layers) has more than the question's at each place: parts of the
    /// picture that draw attention whatever is asked fall away.
    CONTRAST
}
