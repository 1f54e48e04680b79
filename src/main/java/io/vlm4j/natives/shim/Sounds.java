package io.vlm4j.natives.shim;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.NativeText;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Native decoding of WAV, MP3 and FLAC. Thread-safe.
public final class Sounds {
    private Sounds() {}

    /// A decoded sound: one channel of floats. Closing `arena` frees the samples.
    public record Decoded(MemorySegment samples, Arena arena) {}

    /// Decodes a sound, mixes its channels and resamples it.
    ///
    /// @param data       the file's bytes, in native memory
    /// @param sampleRate of the result
    /// @param maxSamples of the result; beyond it the sound is refused
    /// @throws Vlm4jException.InvalidMedia with the decoder's reason
    @SuppressWarnings({"restricted", "MustBeClosedChecker"}) // the arena lives as long as what is returned
    public static Decoded decode(MemorySegment data, int sampleRate, long maxSamples) {
        MemorySegment samples;
        long count;
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment length = scratch.allocate(ValueLayout.JAVA_LONG);
            samples = ShimH.vlm4j_audio_decode(data, data.byteSize(), sampleRate, maxSamples, length);
            if (samples.address() == 0) {
                throw new Vlm4jException.InvalidMedia(NativeText.of(ShimH.vlm4j_last_error()));
            }
            count = length.get(ValueLayout.JAVA_LONG, 0);
        }
        Arena arena = Arena.ofShared();
        return new Decoded(samples.reinterpret(count * Float.BYTES, arena, ShimH::vlm4j_audio_free), arena);
    }
}
