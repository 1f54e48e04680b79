package io.vlm4j.media;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/// The encodings of sounds that vlm4j reads, told apart by their first bytes.
public enum AudioFormat {
    /// RIFF or RF64 with PCM, floats, ADPCM, A-law or mu-law.
    WAV("WAV"),
    /// MPEG-1, -2 and -2.5 audio, all layers; tags before and behind the sound are passed over.
    MP3("MP3"),
    /// Free Lossless Audio Codec, not in Ogg.
    FLAC("FLAC");

    private final String label;

    AudioFormat(String label) {
        this.label = label;
    }

    /// The format's usual name.
    public String label() {
        return label;
    }

    /// The format of a file that begins with these bytes; 12 are enough.
    public static Optional<AudioFormat> of(byte[] start) {
        return of(MemorySegment.ofArray(start));
    }

    static Optional<AudioFormat> of(MemorySegment start) {
        if ((begins(start, "RIFF") || begins(start, "RF64"))
                && start.byteSize() >= 12
                && begins(start.asSlice(8), "WAVE")) {
            return Optional.of(WAV);
        }
        if (begins(start, "fLaC")) {
            return Optional.of(FLAC);
        }
        return begins(start, "ID3") || MpegFrame.startsAt(start, 0) ? Optional.of(MP3) : Optional.empty();
    }

    private static boolean begins(MemorySegment start, String ascii) {
        if (start.byteSize() < ascii.length()) {
            return false;
        }
        for (int i = 0; i < ascii.length(); i++) {
            if (start.get(ValueLayout.JAVA_BYTE, i) != ascii.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
