package io.vlm4j.processing;

/// How a picture of any shape becomes the square that a vision tower takes.
public enum Fit {
    /// The shorter side is resized to the tower's size, and the middle of the longer one is kept: transformers'
    /// `CLIPImageProcessor`. What lies outside of the middle square is not seen.
    CROP,
    /// The picture is put into the middle of a square of the mean colour, which is resized: the original LLaVA's "pad".
    /// All of it is seen, smaller. This is what llama.cpp does with LLaVA when it prepares pictures itself.
    PAD,
    /// Both sides are resized, whatever that does to the proportions: transformers' processors for SigLIP.
    STRETCH
}
