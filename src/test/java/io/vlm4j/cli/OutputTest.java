package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class OutputTest {
    private static String written(boolean terminal, String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Output output = Output.ofResults(bytes, terminal);
        output.line(text);
        output.flush();
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static OutputStream failing(String reason) {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException(reason);
            }
        };
    }

    @Test
    void textIsUtf8WhateverThePlatformSays() {
        assertThat(written(false, "ein Käse für 5 €, 🧀")).isEqualTo("ein Käse für 5 €, 🧀\n");
    }

    @Test
    void aTerminalDoesNotObeyForeignText() {
        assertThat(written(true, "red\u001b]0;title\u0007\tblue\u009b2J\nend"))
                .isEqualTo("red\uFFFD]0;title\uFFFD\tblue\uFFFD2J\nend\n");
    }

    @Test
    void filesAndPipesGetTextAsItIs() {
        assertThat(written(false, "a\u001b[1mb")).isEqualTo("a\u001b[1mb\n");
    }

    @Test
    void aReaderWhoHasGoneEndsTheCommandQuietly() {
        Output output = Output.ofResults(failing("Broken pipe"), false);
        output.print("text");

        assertThatExceptionOfType(Failure.class)
                .isThrownBy(output::flush)
                .matches(failure -> failure.exitCode() == ExitCode.OUTPUT_CLOSED);
        output.line("more"); // while the command cleans up
        output.flush();
    }

    @Test
    void otherTroubleIsSaid() {
        Output output = Output.ofResults(failing("No space left on device"), false);
        output.print("text");

        assertThatExceptionOfType(Failure.class)
                .isThrownBy(output::flush)
                .withMessageContaining("No space left on device")
                .matches(failure -> failure.exitCode() == ExitCode.FAILURE);
    }

    @Test
    void messagesThatCannotBeWrittenAreLost() {
        Output output = Output.ofMessages(failing("Broken pipe"), false);
        output.print("text");
        output.flush();
        output.flush();
    }
}
