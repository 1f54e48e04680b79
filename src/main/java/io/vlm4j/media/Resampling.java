package io.vlm4j.media;

/// How a picture is resized: Pillow's filters, which average over all that a new pixel covers when a picture
/// becomes smaller.
public enum Resampling {
    /// The nearest pixel, without averaging.
    NEAREST,
    /// A triangle of 1 pixel to each side.
    BILINEAR,
    /// A cubic of 2 pixels to each side (a = -0.5): what CLIP and LLaVA were trained with.
    BICUBIC,
    /// A windowed sinc of 3 pixels to each side.
    LANCZOS
}
