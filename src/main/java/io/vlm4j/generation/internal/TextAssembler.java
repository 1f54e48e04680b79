package io.vlm4j.generation.internal;

import io.vlm4j.model.internal.TokenPiece;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Turns token pieces into text of whole characters: a character may be spread over several tokens. Bytes that are
/// no UTF-8 become replacement characters. A token that is whole characters by itself, as most are, is passed
/// through without allocating.
final class TextAssembler {
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private ByteBuffer pending = ByteBuffer.allocate(64);

    /// The text that is complete with this token; `""` when a character is still open.
    String add(TokenPiece piece) {
        String whole = piece.text();
        if (whole != null && pending.position() == 0) {
            return whole;
        }
        if (pending.remaining() < piece.length()) {
            pending = ByteBuffer.allocate(pending.position() + piece.length() + 64)
                    .put(pending.flip());
        }
        for (int i = 0; i < piece.length(); i++) {
            pending.put(piece.at(i));
        }
        return decode(false);
    }

    /// What is left at the end: a character that was never completed.
    String end() {
        return pending.position() == 0 ? "" : decode(true);
    }

    private String decode(boolean end) {
        pending.flip();
        CharBuffer out = CharBuffer.allocate(pending.remaining() + 1);
        decoder.reset();
        decoder.decode(pending, out, end);
        if (end) {
            decoder.flush(out);
        }
        pending.compact();
        return out.flip().toString();
    }
}
