package io.vlm4j.media;

import io.vlm4j.Vlm4jException.InvalidMedia;
import java.util.Locale;

/// What the headers of an encoded sound say; a file that is cut off or contradicts itself is refused here, before
/// native code sees it.
///
/// @param sampleRate as stored, in samples a second
/// @param frames     samples in each channel as stored, or [#UNKNOWN]
record AudioHeader(int sampleRate, long frames) {
    static final long UNKNOWN = -1;

    private static final int LOWEST_RATE = 1_000;
    private static final int HIGHEST_RATE = 768_000;

    /// @throws InvalidMedia when the file is cut off, damaged, or over the limit of its duration
    static AudioHeader read(EncodedAudio audio, AudioLimits limits) {
        AudioHeader header = switch (audio.format()) {
            case WAV -> WavFile.read(audio);
            case MP3 -> Mp3File.read(audio);
            case FLAC -> FlacFile.read(audio);
        };
        if (header.frames / header.sampleRate >= limits.maxSeconds()
                && header.frames > (long) limits.maxSeconds() * header.sampleRate) {
            throw audio.invalid(String.format(
                    Locale.ROOT,
                    "%.1f seconds are over the limit of %d",
                    (double) header.frames / header.sampleRate,
                    limits.maxSeconds()));
        }
        return header;
    }

    /// A header with these figures, as far as there can be such a sound.
    static AudioHeader of(EncodedAudio audio, long sampleRate, int channels, long frames) {
        if (sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE) {
            throw audio.invalid("a sample rate of " + sampleRate + " is not in " + LOWEST_RATE + ".." + HIGHEST_RATE);
        }
        if (channels == 0) {
            throw audio.invalid("damaged: no channels");
        }
        if (frames == 0) {
            throw audio.invalid("the file has no sound in it");
        }
        return new AudioHeader((int) sampleRate, frames);
    }

    /// How many samples these are at another rate, or [#UNKNOWN].
    long framesAt(int otherRate) {
        return frames == UNKNOWN ? UNKNOWN : (long) ((double) frames * otherRate / sampleRate);
    }
}
