package io.vlm4j.media;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFormatTest {
    @ParameterizedTest
    @CsvSource({
        "rgba.png, PNG",
        "baseline-420.jpg, JPEG",
        "palette.gif, GIF",
        "rgb.bmp, BMP",
        "lossy.webp, WEBP",
    })
    void isKnownByTheFirstBytes(String name, ImageFormat expected) {
        assertThat(ImageFormat.of(PictureFiles.file(name))).contains(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "B", "GIF90a", "RIFF0000WAVE", "GGUF", "<svg", "\u0089PNG\r\n\u001a", "II*\0"})
    void isUnknownForOtherBytes(String start) {
        assertThat(ImageFormat.of(PictureFiles.ascii(start))).isEmpty();
    }

    @Test
    void knowsBothVersionsOfGif() {
        assertThat(ImageFormat.of(PictureFiles.ascii("GIF87a"))).contains(ImageFormat.GIF);
        assertThat(ImageFormat.of(PictureFiles.ascii("GIF89a"))).contains(ImageFormat.GIF);
    }
}
