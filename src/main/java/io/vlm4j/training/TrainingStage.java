package io.vlm4j.training;

/// What is trained; the vision tower never is.
public enum TrainingStage {
    /// The projector, so that a decoder that stays as it is understands what the tower sees.
    PROJECTOR,
    /// Small matrices beside those of the decoder (LoRA), and with [LoraOptions#projector()] the projector.
    LORA,
    /// Decoder and projector, in single precision.
    FULL
}
