package io.vlm4j.media;

/// Something other than text that a prompt can hold. Immutable; video will join pictures and sounds here.
public sealed interface Media permits ImageInput, AudioInput {
    /// What this is, for messages: a file's name as it was given, or something like `image of 1234 bytes`.
    String description();
}
