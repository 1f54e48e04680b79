package io.vlm4j.model.internal;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What one token adds to a text: bytes, and the same as a string when they are whole characters.
public final class TokenPiece {
    private final byte[] bytes;
    private final @Nullable String text;

    private TokenPiece(byte[] bytes, @Nullable String text) {
        this.bytes = bytes;
        this.text = text;
    }

    /// The piece that these UTF-8 bytes make, which it keeps.
    public static TokenPiece of(byte[] bytes) {
        return new TokenPiece(bytes, decode(bytes));
    }

    private static @Nullable String decode(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException partOfACharacter) {
            return null;
        }
    }

    /// The text, or `null` when the bytes begin or end inside a character (or are no UTF-8 at all).
    public @Nullable String text() {
        return text;
    }

    public int length() {
        return bytes.length;
    }

    public byte at(int index) {
        return bytes[index];
    }

    byte[] copyOfBytes() {
        return bytes.clone();
    }
}
