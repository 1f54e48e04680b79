package io.vlm4j.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Lines of UTF-8 from a stream that somebody else writes, each only as long as is allowed.
final class InputLines {
    private final InputStream in;
    private final int longest;

    /// @param longest most bytes of a line
    InputLines(InputStream in, int longest) {
        this.in = new BufferedInputStream(in);
        this.longest = longest;
    }

    /// The next line without its end; empty at the end of the stream.
    ///
    /// @throws Failure when the line is too long or no UTF-8, with the stream at the next line; or reading fails
    Optional<String> next() {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        long length = 0;
        try {
            int next;
            while ((next = in.read()) >= 0 && next != '\n') {
                if (++length <= longest) {
                    line.write(next);
                }
            }
            if (next < 0 && length == 0) {
                return Optional.empty();
            }
        } catch (IOException e) {
            throw new Failure(ExitCode.FAILURE, "standard input cannot be read: " + e.getMessage(), e);
        }
        if (length > longest) {
            throw new Failure(ExitCode.PROMPT, "a line of " + length + " bytes is longer than " + longest);
        }
        return Optional.of(text(line.toByteArray()));
    }

    private static String text(byte[] line) {
        int length = line.length > 0 && line[line.length - 1] == '\r' ? line.length - 1 : line.length;
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new Failure(ExitCode.PROMPT, "a line is no UTF-8", e);
        }
    }
}
