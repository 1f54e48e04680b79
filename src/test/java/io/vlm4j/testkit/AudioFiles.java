package io.vlm4j.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

/// Sounds for tests: the chirp of `golden/audio`, and WAV files of any kind.
public final class AudioFiles {
    public static final int RATE = 16_000;
    public static final int LENGTH = 8_000;

    private AudioFiles() {}

    /// A file of `golden/audio`.
    public static byte[] golden(String name) {
        try {
            return Files.readAllBytes(Golden.resource("audio/" + name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The chirp that all files of `golden/audio` hold: half a second at 16,000 Hz, from 300 to 2000 Hz.
    public static short[] chirp() {
        return chirp(RATE, LENGTH);
    }

    /// The chirp at another rate, or longer.
    public static short[] chirp(int rate, int length) {
        short[] samples = new short[length];
        for (int i = 0; i < length; i++) {
            double t = (double) i / rate;
            samples[i] = (short) Math.floor(16_000 * Math.sin(2 * Math.PI * (300 * t + 1_700 * t * t)) + 0.5);
        }
        return samples;
    }

    public static byte[] chirpWav() {
        return wav(RATE, 1, chirp());
    }

    /// A WAV file of 16-bit samples, those of all channels in turn.
    public static byte[] wav(int rate, int channels, short[] samples) {
        ByteBuffer data = ByteBuffer.allocate(2 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asShortBuffer().put(samples);
        return wav(1, rate, channels, 16, data.array());
    }

    /// A WAV file.
    ///
    /// @param format 1 for integers, 3 for floats
    public static byte[] wav(int format, int rate, int channels, int bits, byte[] data) {
        int block = channels * bits / 8;
        return ByteBuffer.allocate(44 + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("RIFF".getBytes(StandardCharsets.US_ASCII))
                .putInt(36 + data.length)
                .put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII))
                .putInt(16)
                .putShort((short) format)
                .putShort((short) channels)
                .putInt(rate)
                .putInt(rate * block)
                .putShort((short) block)
                .putShort((short) bits)
                .put("data".getBytes(StandardCharsets.US_ASCII))
                .putInt(data.length)
                .put(data)
                .array();
    }
}
