package io.vlm4j.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.testkit.AudioFiles;
import java.io.ByteArrayInputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AudioInputTest {
    private static final int RATE = AudioFiles.RATE;

    @TempDir
    private Path folder;

    private static void assertInvalid(AudioInput input, String message) {
        assertThatThrownBy(() -> input.decode(RATE))
                .isInstanceOf(InvalidMedia.class)
                .hasMessage(message);
    }

    @Test
    void describesItsSource() {
        assertThat(AudioInput.of(Path.of("birds", "wren.wav")).description())
                .isEqualTo(Path.of("birds", "wren.wav").toString());
        assertThat(AudioInput.of(new byte[7]).description()).isEqualTo("sound of 7 bytes");
        assertThat(AudioInput.of(new ByteArrayInputStream(new byte[7]))).hasToString("sound stream");
        assertThat(AudioInput.ofSamples(RATE, new float[3])).hasToString("raw sound of 3 samples");
    }

    @Test
    void filesThatCannotBeReadAreInvalidWhenDecoded() throws Exception {
        Path missing = folder.resolve("missing.wav");
        assertInvalid(AudioInput.of(missing), missing + ": no such file");
        assertInvalid(AudioInput.of(folder), folder + ": is a folder, not a sound");
        Path picture = Files.writeString(folder.resolve("picture.wav"), "GIF89a..", StandardCharsets.US_ASCII);
        assertInvalid(
                AudioInput.of(picture),
                picture + ": is not a WAV, MP3 or FLAC sound, it begins with 47 49 46 38 39 61 2e 2e");
    }

    @Test
    void streamsAreReadUpToTheLimit() {
        AudioLimits limits = AudioLimits.defaults().withMaxBytes(100);
        assertThatThrownBy(() -> AudioInput.of(new ByteArrayInputStream(new byte[101]), limits))
                .isInstanceOf(InvalidMedia.class)
                .hasMessage("sound stream: more than the limit of 100 bytes");
        assertThat(AudioInput.of(new ByteArrayInputStream(new byte[100]), limits)
                        .limits())
                .isEqualTo(limits);
    }

    @Test
    void nativeSamplesStayWhereTheyAre() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 0.5f, -0.5f);
            Samples samples = AudioInput.ofSamples(RATE, memory).decode(RATE);
            assertThat(samples.segment().address()).isEqualTo(memory.address());
            assertThat(samples.segment().isReadOnly()).isTrue();
            samples.close();
            samples.close();
            assertThat(memory.scope().isAlive()).isTrue();
            assertThat(samples.length()).isEqualTo(2);
            assertThatIllegalStateException().isThrownBy(samples::segment).withMessageContaining("2 at 16000 Hz");
            assertThatIllegalStateException().isThrownBy(samples::sha256);
        }
    }

    @Test
    void samplesOfAnArrayAreCopied() {
        float[] array = {0.25f, -1};
        try (Samples samples = AudioInput.ofSamples(RATE, array).decode(RATE)) {
            array[0] = 9;
            assertThat(samples.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(0.25f, -1);
        }
    }

    @Test
    void aSoundAndAPictureOfTheSameBytesAreTold() {
        try (Samples samples = AudioInput.ofSamples(1_000, new float[3]).decode(1_000);
                Pixels pixels = ImageInput.ofRgb(1, 4, MemorySegment.ofArray(new byte[12]))
                        .decode()) {
            assertThat(samples.segment().byteSize()).isEqualTo(pixels.segment().byteSize());
            assertThat(samples.sha256()).isNotEqualTo(pixels.sha256());
        }
    }

    @Test
    void rawSamplesBecomeAWavThatHoldsThemUnchanged() {
        byte[] wav = AudioInput.ofSamples(RATE, new float[] {1, -2}).encoded();
        assertThat(AudioFormat.of(wav)).contains(AudioFormat.WAV);
        assertThat(wav).hasSize(52).endsWith(new byte[] {0, 0, (byte) 0x80, 0x3F, 0, 0, 0, (byte) 0xC0});
        byte[] file = AudioFiles.golden("chirp.mp3");
        assertThat(AudioInput.of(file).encoded()).isEqualTo(file);
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AudioInput.ofSamples(999, new float[1]))
                .withMessage("sampleRate must be in 1000..384000: 999");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AudioInput.of(new byte[1]).decode(0))
                .withMessage("sampleRate must be in 1000..384000: 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AudioInput.ofSamples(RATE, new float[0]))
                .withMessageContaining("got 0 bytes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AudioInput.ofSamples(RATE, MemorySegment.ofArray(new byte[7])))
                .withMessageContaining("got 7 bytes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AudioLimits.defaults().withMaxSeconds(0))
                .withMessage("maxSeconds must be in 1..36000: 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AudioLimits.defaults().withMaxBytes(1L << 31))
                .withMessage("maxBytes must be in 1..2147483647: 2147483648");
    }

    @Test
    void contentTellsTheFormat() {
        assertThat(AudioFormat.of(AudioFiles.chirpWav())).contains(AudioFormat.WAV);
        assertThat(AudioFormat.of(AudioFiles.golden("chirp.flac"))).contains(AudioFormat.FLAC);
        assertThat(AudioFormat.of(AudioFiles.golden("chirp.mp3"))).contains(AudioFormat.MP3);
        assertThat(AudioFormat.of(AudioFiles.golden("chirp-bare.mp3"))).contains(AudioFormat.MP3);
        assertThat(AudioFormat.of(PictureFiles.file("lossy.webp"))).isEmpty();
        assertThat(AudioFormat.of(PictureFiles.file("baseline-420.jpg"))).isEmpty();
        assertThat(AudioFormat.of(new byte[] {-1, -15, 0x50, (byte) 0x80}))
                .as("AAC")
                .isEmpty();
        assertThat(AudioFormat.of(new byte[2])).isEmpty();
    }
}
