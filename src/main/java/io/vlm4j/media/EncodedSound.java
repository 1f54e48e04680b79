package io.vlm4j.media;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/// A sound as the bytes of a file.
record EncodedSound(EncodedSource bytes) implements AudioSource {
    static EncodedSound of(Path file) {
        return new EncodedSound(new EncodedFile(file, "sound"));
    }

    static EncodedSound of(byte[] encoded) {
        return new EncodedSound(new EncodedBytes(encoded, "sound of " + encoded.length + " bytes"));
    }

    @Override
    public String description() {
        return bytes.description();
    }

    @Override
    public byte[] encoded(AudioLimits limits) {
        try (Arena arena = Arena.ofConfined()) {
            return EncodedAudio.of(bytes, limits, arena).bytes().toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Override
    public Samples decode(int sampleRate, AudioLimits limits) {
        try (Arena arena = Arena.ofConfined()) {
            return AudioDecoder.decode(EncodedAudio.of(bytes, limits, arena), sampleRate, limits);
        }
    }
}
