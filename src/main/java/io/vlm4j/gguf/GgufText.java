package io.vlm4j.gguf;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A string value of GGUF metadata. It keeps the bytes of the file, so that even malformed UTF-8 is written back as
/// it was; [#asString()] shows U+FFFD in its place.
public final class GgufText implements GgufValue {
    private final byte[] utf8;

    GgufText(byte[] utf8) {
        this.utf8 = utf8;
    }

    /// The bytes, not to be changed.
    byte[] utf8() {
        return utf8;
    }

    @Override
    public GgufType type() {
        return GgufType.STRING;
    }

    @Override
    public String asString() {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GgufText text && Arrays.equals(utf8, text.utf8);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(utf8);
    }

    /// The text itself.
    @Override
    public String toString() {
        return asString();
    }
}
