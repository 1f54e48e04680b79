package io.vlm4j.prompt;

import java.util.Locale;

/// What becomes of the part of an answer in which the model thinks aloud; llama.cpp's names.
public enum ReasoningFormat {
    /// It stays in the text.
    NONE,
    /// It is told apart, as with `DEEPSEEK`.
    AUTO,
    /// It is told apart.
    DEEPSEEK,
    /// It is told apart, and stays in the text while that is being written.
    DEEPSEEK_LEGACY;

    /// llama.cpp's name.
    public String nativeName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
