package io.vlm4j.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageLimitsTest {
    @Test
    void defaultsAreSixtyFourMebibytesAndAHundredMegapixels() {
        assertThat(ImageLimits.defaults()).isEqualTo(new ImageLimits(67_108_864, 100_000_000));
    }

    @Test
    void withChangesOneLimit() {
        assertThat(ImageLimits.defaults().withMaxBytes(5)).isEqualTo(new ImageLimits(5, 100_000_000));
        assertThat(ImageLimits.defaults().withMaxPixels(5)).isEqualTo(new ImageLimits(67_108_864, 5));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 2_147_483_648L, Long.MIN_VALUE, Long.MAX_VALUE})
    void refusesLimitsOutOfRangeNamingThem(long value) {
        assertThatThrownBy(() -> ImageLimits.defaults().withMaxBytes(value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxBytes")
                .hasMessageContaining(Long.toString(value));
        assertThatThrownBy(() -> ImageLimits.defaults().withMaxPixels(value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxPixels")
                .hasMessageContaining(Long.toString(value));
    }
}
