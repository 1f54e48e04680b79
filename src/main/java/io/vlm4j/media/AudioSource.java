package io.vlm4j.media;

/// Where the samples of an [AudioInput] come from.
sealed interface AudioSource permits EncodedSound, SampleMemory {
    /// What this is, for messages.
    String description();

    /// Reads, checks and decodes.
    Samples decode(int sampleRate, AudioLimits limits);

    /// The sound as a file's bytes.
    byte[] encoded(AudioLimits limits);
}
