package io.vlm4j.media;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The bytes of an encoded sound of a known format.
record EncodedAudio(MemorySegment bytes, String source, AudioFormat format) implements EncodedMedia {
    /// Brings a sound into native memory.
    static EncodedAudio of(EncodedSource source, AudioLimits limits, Arena arena) {
        MemorySegment bytes = source.read(limits.maxBytes(), arena);
        EncodedMedia.requireContent(bytes, source.description());
        AudioFormat format = AudioFormat.of(bytes)
                .orElseThrow(() -> EncodedMedia.unknown(bytes, source.description(), "WAV, MP3 or FLAC sound"));
        return new EncodedAudio(bytes, source.description(), format);
    }

    @Override
    public String label() {
        return format.label();
    }
}
