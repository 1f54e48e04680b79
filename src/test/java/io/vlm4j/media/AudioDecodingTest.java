package io.vlm4j.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.testkit.AudioFiles;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Sounds against the formula that they were made by.
@Tag("native")
class AudioDecodingTest {
    private static final int RATE = AudioFiles.RATE;

    private static float[] decode(byte[] encoded, int rate) {
        try (Samples samples = AudioInput.of(encoded).decode(rate)) {
            return samples.segment().toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    private static void assertInvalid(byte[] encoded, String message) {
        assertThatThrownBy(() -> AudioInput.of(encoded).decode(RATE))
                .isInstanceOf(InvalidMedia.class)
                .hasMessage("sound of " + encoded.length + " bytes" + message);
    }

    /// The chirp as plain Java has it.
    private static float[] chirp(int rate, int length) {
        short[] samples = AudioFiles.chirp(rate, length);
        float[] floats = new float[length];
        for (int i = 0; i < length; i++) {
            floats[i] = samples[i] / 32_768f;
        }
        return floats;
    }

    /// The correlation with a sound that begins `shift` samples later.
    private static double correlation(float[] heard, float[] expected, int shift) {
        int length = Math.min(heard.length - shift, expected.length);
        double product = 0;
        double first = 0;
        double second = 0;
        for (int i = 0; i < length; i++) {
            product += (double) heard[i + shift] * expected[i];
            first += (double) heard[i + shift] * heard[i + shift];
            second += (double) expected[i] * expected[i];
        }
        return product / Math.sqrt(first * second);
    }

    /// The same where the sound may begin somewhat later, as encoders put silence before it.
    private static double bestCorrelation(float[] heard, float[] expected, int latest) {
        double best = -1;
        for (int shift = 0; shift <= latest; shift++) {
            best = Math.max(best, correlation(heard, expected, shift));
        }
        return best;
    }

    private static byte[] floats(float... samples) {
        ByteBuffer data = ByteBuffer.allocate(4 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(samples);
        return data.array();
    }

    @Test
    void sixteenBitSamplesAreTheNumbersOfTheFile() {
        float[] expected = chirp(RATE, AudioFiles.LENGTH);
        float[] heard = decode(AudioFiles.chirpWav(), RATE);
        assertThat(heard).hasSameSizeAs(expected);
        assertThat(heard).containsExactly(expected, within(1e-4f));
    }

    @Test
    void floatsAreKeptAsTheyAre() {
        float[] samples = {0, 0.5f, -1, 1.25f, 1e-8f};
        assertThat(decode(AudioFiles.wav(3, RATE, 1, 32, floats(samples)), RATE))
                .containsExactly(samples);
    }

    @Test
    void eightAndTwentyFourBitsAreRead() {
        byte[] eight = {(byte) 128, (byte) 192, 0};
        assertThat(decode(AudioFiles.wav(1, RATE, 1, 8, eight), RATE))
                .containsExactly(new float[] {0, 0.5f, -1}, within(0.01f));
        byte[] twentyFour = {0, 0, 0, 0, 0, 0x40, 0, 0, (byte) 0x80};
        assertThat(decode(AudioFiles.wav(1, RATE, 1, 24, twentyFour), RATE))
                .containsExactly(new float[] {0, 0.5f, -1}, within(1e-4f));
    }

    @Test
    void channelsAreMixed() {
        short[] both = {16_384, 0, 0, 8_192, -16_384, -16_384};
        assertThat(decode(AudioFiles.wav(RATE, 2, both), RATE))
                .containsExactly(new float[] {0.25f, 0.125f, -0.5f}, within(1e-4f));
    }

    @ParameterizedTest
    @CsvSource({
        "chirp.flac, 0, 0.99999",
        "chirp-a-law.wav, 0, 0.99",
        "chirp.mp3, 2000, 0.99",
        "chirp-bare.mp3, 2000, 0.99"
    })
    void otherEncodingsSoundTheSame(String file, int latest, double least) {
        float[] heard = decode(AudioFiles.golden(file), RATE);
        assertThat(heard.length).isBetween(AudioFiles.LENGTH, AudioFiles.LENGTH + 2 * 1152);
        assertThat(bestCorrelation(heard, chirp(RATE, AudioFiles.LENGTH), latest))
                .isGreaterThan(least);
    }

    @Test
    void losslessIsLossless() {
        assertThat(decode(AudioFiles.golden("chirp.flac"), RATE))
                .containsExactly(chirp(RATE, AudioFiles.LENGTH), within(1e-4f));
    }

    @ParameterizedTest
    @ValueSource(ints = {8_000, 22_050, 44_100, 48_000, 96_000})
    void everyRateBecomesTheOneAskedFor(int rate) {
        float[] heard = decode(AudioFiles.wav(rate, 1, AudioFiles.chirp(rate, rate / 2)), RATE);
        assertThat(heard.length).isBetween(AudioFiles.LENGTH - 64, AudioFiles.LENGTH + 64);
        assertThat(bestCorrelation(heard, chirp(RATE, AudioFiles.LENGTH), 64)) // up to half a sample beside it
                .isGreaterThan(0.98);
    }

    @Test
    void rawSamplesOfAnotherRateAreResampledAsAFileIs() {
        float[] raw = chirp(44_100, 22_050);
        byte[] file = AudioFiles.wav(3, 44_100, 1, 32, floats(raw));
        try (Samples samples = AudioInput.ofSamples(44_100, raw).decode(RATE)) {
            assertThat(samples.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(decode(file, RATE));
        }
    }

    @Test
    void whatIsDecodedKnowsItsLengthAndContent() {
        try (Samples wav = AudioInput.of(AudioFiles.chirpWav()).decode(RATE);
                Samples flac = AudioInput.of(AudioFiles.golden("chirp.flac")).decode(RATE);
                Samples slower = AudioInput.of(AudioFiles.chirpWav()).decode(RATE / 2)) {
            assertThat(wav.sampleRate()).isEqualTo(RATE);
            assertThat(wav.length()).isEqualTo(AudioFiles.LENGTH);
            assertThat(wav.duration()).isEqualTo(Duration.ofMillis(500));
            assertThat(wav.sha256()).isEqualTo(flac.sha256()).isNotEqualTo(slower.sha256());
        }
    }

    @ParameterizedTest
    @CsvSource({"chirp.flac, 0", "chirp.mp3, 128", "chirp-bare.mp3, 0", "chirp-a-law.wav, 0"})
    void aFileThatIsCutOffIsRefusedWhereverItIsCut(String name, int tagAtTheEnd) {
        byte[] whole = AudioFiles.golden(name);
        for (int length = 12; length < whole.length - tagAtTheEnd; length += 97) {
            byte[] cut = Arrays.copyOf(whole, length);
            if (name.equals("chirp-bare.mp3") && length % 216 < 4) {
                continue; // between frames nothing tells
            }
            assertThatThrownBy(() -> AudioInput.of(cut).decode(RATE))
                    .as("%s after %d bytes", name, cut.length)
                    .isInstanceOf(InvalidMedia.class)
                    .hasMessageStartingWith("sound of " + cut.length + " bytes (");
        }
    }

    @Test
    void aFrameThatIsDamagedIsNotSwallowed() {
        byte[] flac = AudioFiles.golden("chirp.flac");
        flac[flac.length / 2] ^= 0x55;
        assertThatThrownBy(() -> AudioInput.of(flac).decode(RATE))
                .isInstanceOf(InvalidMedia.class)
                .hasMessageContaining("(FLAC): cut off or damaged: ")
                .hasMessageContaining(" of 8000 samples can be read");
    }

    @Test
    void aStreamedWavWhoseLengthNobodyWroteIsReadToItsEnd() {
        byte[] wav = AudioFiles.chirpWav();
        ByteBuffer.wrap(wav).order(ByteOrder.LITTLE_ENDIAN).putInt(4, -1).putInt(40, -1);
        assertThat(decode(wav, RATE)).hasSize(AudioFiles.LENGTH);
    }

    @Test
    void soundsOverTheLimitAreRefusedWithNumbers() {
        byte[] wav = AudioFiles.wav(RATE, 1, AudioFiles.chirp(RATE, RATE * 3 / 2));
        AudioLimits second = AudioLimits.defaults().withMaxSeconds(1);
        assertThatThrownBy(() -> AudioInput.of(wav).withLimits(second).decode(RATE))
                .isInstanceOf(InvalidMedia.class)
                .hasMessage("sound of " + wav.length + " bytes (WAV): 1.5 seconds are over the limit of 1");
        assertThatThrownBy(() -> AudioInput.of(wav)
                        .withLimits(AudioLimits.defaults().withMaxBytes(100))
                        .decode(RATE))
                .isInstanceOf(InvalidMedia.class)
                .hasMessage("sound of %1$d bytes: %1$d bytes are over the limit of 100", wav.length);
        byte[] exact = AudioFiles.wav(RATE, 1, AudioFiles.chirp(RATE, RATE));
        try (Samples samples = AudioInput.of(exact).withLimits(second).decode(RATE)) {
            assertThat(samples.duration()).isEqualTo(Duration.ofSeconds(1));
        }
    }

    @Test
    void aLengthThatNoHeaderTellsIsLimitedWhileDecoding() {
        byte[] wav = AudioFiles.wav(7, RATE, 1, 8, new byte[3 * RATE]);
        wav[20] = 17; // IMA ADPCM: two samples a byte, in blocks
        ByteBuffer.wrap(wav)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(32, (short) 256)
                .putShort(34, (short) 4);
        assertThatThrownBy(() -> AudioInput.of(wav)
                        .withLimits(AudioLimits.defaults().withMaxSeconds(1))
                        .decode(RATE))
                .isInstanceOf(InvalidMedia.class)
                .hasMessage("sound of " + wav.length + " bytes (WAV): longer than 1 seconds");
    }

    @Test
    void whatIsNoSoundIsRefused() {
        assertInvalid(new byte[0], ": is empty");
        assertInvalid(
                "OggS is another".getBytes(StandardCharsets.US_ASCII),
                ": is not a WAV, MP3 or FLAC sound, it begins with 4f 67 67 53 20 69 73 20");
        assertInvalid(AudioFiles.wav(RATE, 1, new short[0]), " (WAV): the file has no sound in it");
        assertInvalid(AudioFiles.wav(0, 1, AudioFiles.chirp()), " (WAV): a sample rate of 0 is not in 1000..768000");
        assertInvalid(AudioFiles.wav(RATE, 0, AudioFiles.chirp()), " (WAV): damaged: samples of 0 bytes");
        assertInvalid(new byte[] {-1, -5, 0x50, 0, 0, 0}, " (MP3): damaged: no frame of MPEG audio");
    }

    @Test
    void chunksThatTheDecoderWouldNeverGetThroughAreRefused() {
        byte[] wav = AudioFiles.golden("chirp-a-law.wav"); // fmt at 12, fact at 38, data at 50
        byte[] shortened = new byte[wav.length - 4];
        System.arraycopy(wav, 0, shortened, 0, 46);
        System.arraycopy(wav, 50, shortened, 46, wav.length - 50);
        shortened[42] = 0; // the length of fact
        assertInvalid(shortened, " (WAV): damaged: a chunk of 0 bytes at 38, 4 at least");
    }

    @Test
    void samplesThatAreNoNumbersAreRefused() {
        assertInvalid(AudioFiles.wav(3, RATE, 1, 32, floats(0, Float.NaN)), ": sample 1 is NaN");
        AudioInput raw = AudioInput.ofSamples(RATE, new float[] {0, 0, Float.POSITIVE_INFINITY});
        assertThatThrownBy(() -> raw.decode(RATE))
                .isInstanceOf(InvalidMedia.class)
                .hasMessage("raw sound of 3 samples: sample 2 is Infinity");
    }
}
