package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class InputLinesTest {
    private static InputLines lines(byte[] bytes, int longest) {
        return new InputLines(new ByteArrayInputStream(bytes), longest);
    }

    private static InputLines lines(String text) {
        return lines(text.getBytes(StandardCharsets.UTF_8), 100);
    }

    @Test
    void linesEndAsOnAnySystem() {
        InputLines lines = lines("ein Käse\r\n\nlast");

        assertThat(lines.next()).contains("ein Käse");
        assertThat(lines.next()).contains("");
        assertThat(lines.next()).contains("last");
        assertThat(lines.next()).isEmpty();
        assertThat(lines.next()).isEmpty();
    }

    @Test
    void afterALineThatIsTooLongComesTheNext() {
        InputLines lines = lines("12345\n123456\n1\n".getBytes(StandardCharsets.UTF_8), 5);

        assertThat(lines.next()).contains("12345");
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(lines::next)
                .withMessage("a line of 6 bytes is longer than 5");
        assertThat(lines.next()).contains("1");
    }

    @Test
    void afterBytesThatAreNoTextComesTheNextLine() {
        InputLines lines = lines(new byte[] {'a', (byte) 0xff, '\n', 'b', '\n'}, 5);

        assertThatExceptionOfType(Failure.class).isThrownBy(lines::next).withMessage("a line is no UTF-8");
        assertThat(lines.next()).contains("b");
    }
}
