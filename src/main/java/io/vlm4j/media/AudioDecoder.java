package io.vlm4j.media;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.natives.shim.Sounds;
import io.vlm4j.runtime.NativeRuntime;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// From an encoded sound in native memory to samples: checks first, then the decoder, then what it gave.
final class AudioDecoder {
    private static final int LOWEST_RATE = 1_000;
    private static final int HIGHEST_RATE = 384_000;

    /// What resampling and the ends of frames may swallow, in samples.
    private static final int SLACK = 64;

    private AudioDecoder() {}

    static void checkRate(int sampleRate) {
        if (sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE) {
            throw new IllegalArgumentException(
                    "sampleRate must be in " + LOWEST_RATE + ".." + HIGHEST_RATE + ": " + sampleRate);
        }
    }

    static Samples decode(EncodedAudio audio, int sampleRate, AudioLimits limits) {
        AudioHeader header = AudioHeader.read(audio, limits);
        NativeRuntime.load(); // a sound may be decoded before any model is opened
        Sounds.Decoded decoded;
        try {
            decoded = Sounds.decode(audio.bytes(), sampleRate, limits.maxSamples(sampleRate) + SLACK);
        } catch (InvalidMedia e) {
            throw audio.invalid(String.valueOf(e.getMessage()), e);
        }
        Samples samples = Samples.owning(sampleRate, decoded.samples(), decoded.arena());
        try {
            requireWhole(audio, header, samples);
            return checked(samples, audio.source());
        } catch (Throwable e) {
            samples.close();
            throw e;
        }
    }

    /// The decoder passes over frames that are damaged, and what is missing at the end. How much encoders of MP3 put
    /// around a sound is known to the decoder alone.
    private static void requireWhole(EncodedAudio audio, AudioHeader header, Samples samples) {
        long expected = header.framesAt(samples.sampleRate());
        if (audio.format() != AudioFormat.MP3 && samples.length() < expected - SLACK) {
            throw audio.invalid("cut off or damaged: " + samples.length() + " of " + expected + " samples can be read");
        }
    }

    /// Returns samples that are all numbers; others would make nonsense of whatever is computed with them.
    static Samples checked(Samples samples, String source) {
        MemorySegment memory = samples.segment();
        for (long i = 0; i < samples.length(); i++) {
            float sample = memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i * Float.BYTES);
            if (!Float.isFinite(sample)) {
                throw new InvalidMedia(source + ": sample " + i + " is " + sample);
            }
        }
        return samples;
    }
}
