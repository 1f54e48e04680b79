package io.vlm4j.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class PixelsTest {
    private static Pixels pixels(int width, int height, int value) {
        return Pixels.filled(width, height, memory -> memory.fill((byte) value));
    }

    @Test
    void closingFreesOnce() {
        Pixels pixels = pixels(3, 2, 1);
        MemorySegment memory = pixels.segment();
        assertThat(memory.byteSize()).isEqualTo(18);
        pixels.close();
        pixels.close();
        assertThat(memory.scope().isAlive()).isFalse();
        assertThatThrownBy(pixels::segment)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("3x2");
        assertThatThrownBy(pixels::sha256).isInstanceOf(IllegalStateException.class);
        assertThat(pixels.width()).isEqualTo(3);
        assertThat(pixels.height()).isEqualTo(2);
    }

    @Test
    void borrowedPixelsAreLetGoOf() {
        MemorySegment memory = Arena.ofAuto().allocate(3);
        Pixels pixels = Pixels.borrowing(1, 1, memory);
        pixels.close();
        assertThatThrownBy(pixels::segment).isInstanceOf(IllegalStateException.class);
        assertThat(memory.scope().isAlive()).isTrue();
    }

    @Test
    void canBeReadByOtherThreadsButNotWritten() throws InterruptedException {
        try (Pixels pixels = pixels(1, 1, 4)) {
            byte[] seen = new byte[1];
            Thread.ofVirtual()
                    .start(() -> seen[0] = pixels.segment().get(ValueLayout.JAVA_BYTE, 2))
                    .join();
            assertThat(seen[0]).isEqualTo((byte) 4);
            assertThat(pixels.segment().isReadOnly()).isTrue();
        }
    }

    @Test
    void nothingLeaksWhenPaintingFails() {
        MemorySegment[] memory = new MemorySegment[1];
        assertThatThrownBy(() -> Pixels.filled(1, 1, given -> {
                    memory[0] = given;
                    throw new IllegalStateException("no paint");
                }))
                .hasMessage("no paint");
        assertThat(memory[0].scope().isAlive()).isFalse();
    }

    @Test
    void theHashIsOfSizeAndContent() throws Exception {
        byte[] content = {1, 2, 3, 4, 5, 6};
        byte[] size = ByteBuffer.allocate(8).putInt(2).putInt(1).array();
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(size);
        String expected = HexFormat.of().formatHex(digest.digest(content));
        try (Pixels wide = ImageInput.ofRgb(2, 1, ByteBuffer.wrap(content)).decode();
                Pixels high = ImageInput.ofRgb(1, 2, ByteBuffer.wrap(content)).decode();
                Pixels again = ImageInput.ofRgb(2, 1, ByteBuffer.wrap(content)).decode()) {
            assertThat(wide.sha256())
                    .isEqualTo(expected)
                    .isSameAs(wide.sha256())
                    .isEqualTo(again.sha256());
            assertThat(high.sha256()).isNotEqualTo(expected);
        }
    }
}
