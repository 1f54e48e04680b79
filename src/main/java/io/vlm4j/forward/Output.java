package io.vlm4j.forward;

/// What a forward pass can give. Axes are `batch`, `length` (positions, padding included), `heads`, and so on.
public enum Output {
    /// Cross-entropy of the labels, see [ForwardOutput#loss()]. Needs labels.
    LOSS,
    /// `[batch, length, vocabulary]`, or some of the positions.
    LOGITS,
    /// What goes into the first layer and comes out of each, `[batch, length, width]`; the last one after the final
    /// norm.
    HIDDEN_STATES,
    /// Probabilities of each layer, `[batch, heads, queries, keys]`. Needs [Precision#EXACT].
    ATTENTIONS,
    /// What fills the image positions, `[images, rows, width]`.
    IMAGE_FEATURES,
    /// What goes into the first layer of the vision tower and comes out of each, `[images, rows, width]`. Needs
    /// pictures and [Precision#EXACT].
    VISION_HIDDEN_STATES,
    /// Probabilities of each layer of the vision tower, `[images, heads, rows, rows]`. Needs pictures and
    /// [Precision#EXACT].
    VISION_ATTENTIONS
}
