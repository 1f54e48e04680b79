package io.vlm4j.forward;

/// How a forward pass computes.
public enum Precision {
    /// As transformers does with eager attention: an F32 cache, and attention computed step by step, so that its
    /// probabilities can be seen.
    EXACT,
    /// As generation does by default: an F16 cache, and flash attention where there is a GPU. Logits differ by some
    /// 1e-3 from [#EXACT]; there are no attentions.
    FAST
}
