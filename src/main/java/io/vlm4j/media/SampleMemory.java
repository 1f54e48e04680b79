package io.vlm4j.media;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Raw samples in memory of the caller's.
record SampleMemory(int sampleRate, MemorySegment samples) implements AudioSource {
    SampleMemory {
        AudioDecoder.checkRate(sampleRate);
        if (samples.byteSize() == 0 || samples.byteSize() % Float.BYTES != 0) {
            throw new IllegalArgumentException(
                    "raw samples are floats of 4 bytes, at least one: got " + samples.byteSize() + " bytes");
        }
    }

    @Override
    public String description() {
        return "raw sound of " + samples.byteSize() / Float.BYTES + " samples";
    }

    @Override
    public byte[] encoded(AudioLimits limits) {
        try (Arena arena = Arena.ofConfined()) {
            return WavWriter.write(sampleRate, samples, arena).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /// Samples of another rate go through the decoder, which resamples.
    @Override
    public Samples decode(int rate, AudioLimits limits) {
        if (rate != sampleRate) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment wav = WavWriter.write(sampleRate, samples, arena);
                return AudioDecoder.decode(new EncodedAudio(wav, description(), AudioFormat.WAV), rate, limits);
            }
        }
        return AudioDecoder.checked(
                samples.isNative() ? Samples.borrowing(rate, samples) : Samples.copyOf(rate, samples), description());
    }
}
