package io.vlm4j.model;

import io.vlm4j.model.internal.TokenizerImpl;
import java.util.List;
import java.util.OptionalInt;

/// A model's vocabulary: text to token ids and back.
///
/// - **Owner**: its model; there is nothing to close.
/// - **Threads**: immutable and thread-safe.
/// - **Close**: after the model is closed, every use is an [IllegalStateException].
public sealed interface Tokenizer permits TokenizerImpl {
    /// Number of tokens; ids are 0 to `size() - 1`.
    int size();

    /// The ids of a text in which texts of special tokens (`</s>`, `<|im_end|>`) stay plain text. Right for
    /// anything that a user wrote. Nothing is added in front or behind.
    default int[] encode(String text) {
        return encode(text, false, false);
    }

    /// @param addSpecial   add BOS and EOS as the model is configured
    /// @param parseSpecial turn texts of special tokens into those tokens; only for text that is not a user's
    int[] encode(String text, boolean addSpecial, boolean parseSpecial);

    /// The text of these ids, without special tokens.
    ///
    /// @throws IllegalArgumentException for an id outside the vocabulary
    default String decode(int... tokens) {
        return decode(tokens, true);
    }

    /// @param skipSpecial leave special tokens out instead of writing them
    String decode(int[] tokens, boolean skipSpecial);

    /// The UTF-8 bytes that a token stands for in a text: a character may be spread over several tokens. Empty
    /// for special tokens. The array is a copy.
    byte[] piece(int token);

    /// The token as the vocabulary writes it.
    String text(int token);

    /// Whether the token ends the model's turn (EOS, EOT and their kind).
    boolean isEndOfGeneration(int token);

    /// Whether the token steers the model instead of standing for text.
    boolean isSpecial(int token);

    /// The texts of all special tokens.
    List<String> specialTexts();

    OptionalInt beginOfSequence();

    OptionalInt endOfSequence();

    OptionalInt endOfTurn();

    OptionalInt padding();
}
