package io.vlm4j.media;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Writes floats as the simplest WAV file that holds them unchanged.
final class WavWriter {
    private static final int HEADER = 44;
    private static final int FORMAT = 16;
    private static final short IEEE_FLOAT = 3;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private WavWriter() {}

    static MemorySegment write(int sampleRate, MemorySegment samples, Arena arena) {
        int bytes = Math.toIntExact(samples.byteSize());
        MemorySegment wav = arena.allocate(Math.addExact(bytes, HEADER));
        text(wav, 0, "RIFF");
        wav.set(INT, 4, bytes + HEADER - 8);
        text(wav, 8, "WAVEfmt ");
        wav.set(INT, 16, FORMAT);
        wav.set(SHORT, 20, IEEE_FLOAT);
        wav.set(SHORT, 22, (short) 1); // channel
        wav.set(INT, 24, sampleRate);
        wav.set(INT, 28, sampleRate * Float.BYTES);
        wav.set(SHORT, 32, (short) Float.BYTES);
        wav.set(SHORT, 34, (short) Float.SIZE);
        text(wav, 36, "data");
        wav.set(INT, 40, bytes);
        wav.asSlice(HEADER).copyFrom(samples);
        return wav;
    }

    private static void text(MemorySegment wav, long at, String ascii) {
        wav.asSlice(at).copyFrom(MemorySegment.ofArray(ascii.getBytes(StandardCharsets.US_ASCII)));
    }
}
