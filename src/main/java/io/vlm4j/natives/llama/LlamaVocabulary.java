package io.vlm4j.natives.llama;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.llama.LlamaH;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.DeepStack;
import io.vlm4j.natives.ffi.NativeText;
import io.vlm4j.natives.shim.Shim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// `llama_vocab`: text to token ids and back. Borrowed from its model, immutable, thread-safe.
public final class LlamaVocabulary {
    private static final int FIRST_PIECE_CAPACITY = 64;

    private static final int CAUGHT = Integer.MIN_VALUE; // from functions whose other negative numbers are lengths

    private LlamaVocabulary() {}

    public static int size(MemorySegment vocabulary) {
        return LlamaH.llama_vocab_n_tokens(vocabulary);
    }

    /// @param addSpecial   add BOS and EOS as the model is configured
    /// @param parseSpecial turn texts of special tokens into their ids; `false` for text that is not ours
    /// @throws Vlm4jException.Inference when the tokenizer fails
    public static int[] tokenize(MemorySegment vocabulary, String text, boolean addSpecial, boolean parseSpecial) {
        return DeepStack.call(text.length(), () -> tokens(vocabulary, text, addSpecial, parseSpecial));
    }

    private static int[] tokens(MemorySegment vocabulary, String text, boolean addSpecial, boolean parseSpecial) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment input = arena.allocate(utf8.length + 1L);
            MemorySegment.copy(utf8, 0, input, ValueLayout.JAVA_BYTE, 0, utf8.length);
            int capacity =
                    Math.addExact(utf8.length, 8); // a token is a byte at least, plus BOS, EOS and a space prefix
            MemorySegment tokens = arena.allocate(ValueLayout.JAVA_INT, capacity);
            int n = ShimH.vlm4j_tokenize(vocabulary, input, utf8.length, tokens, capacity, addSpecial, parseSpecial);
            if (n < 0 && n != CAUGHT) {
                tokens = arena.allocate(ValueLayout.JAVA_INT, -n);
                n = ShimH.vlm4j_tokenize(vocabulary, input, utf8.length, tokens, -n, addSpecial, parseSpecial);
            }
            if (n < 0) {
                throw Shim.failure(
                        Vlm4jException.Inference::new,
                        "cannot tokenize a text of " + utf8.length + " bytes",
                        Shim.NO_LOG);
            }
            return tokens.asSlice(0, n * 4L).toArray(ValueLayout.JAVA_INT);
        }
    }

    /// The UTF-8 bytes of one token, which may end inside a character; empty for special tokens unless
    /// `special`.
    public static byte[] piece(MemorySegment vocabulary, int token, boolean special) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(FIRST_PIECE_CAPACITY);
            int n = ShimH.vlm4j_token_piece(vocabulary, token, buffer, FIRST_PIECE_CAPACITY, special);
            if (n < 0 && n != CAUGHT) {
                buffer = arena.allocate(-n);
                n = ShimH.vlm4j_token_piece(vocabulary, token, buffer, -n, special);
            }
            return buffer.asSlice(0, checkLength(n, "cannot write token " + token))
                    .toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /// The text of a whole sequence. The inverse of [#tokenize] except for what the tokenizer normalises.
    public static String detokenize(
            MemorySegment vocabulary, int[] tokens, boolean removeSpecial, boolean unparseSpecial) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment input = arena.allocateFrom(ValueLayout.JAVA_INT, tokens);
            int capacity = Math.max(64, Math.multiplyExact(tokens.length, 8));
            MemorySegment text = arena.allocate(capacity);
            int n = ShimH.vlm4j_detokenize(
                    vocabulary, input, tokens.length, text, capacity, removeSpecial, unparseSpecial);
            if (n < 0 && n != CAUGHT) {
                capacity = -n;
                text = arena.allocate(capacity);
                n = ShimH.vlm4j_detokenize(
                        vocabulary, input, tokens.length, text, capacity, removeSpecial, unparseSpecial);
            }
            n = checkLength(n, "cannot write tokens as text");
            return new String(text.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        }
    }

    /// How the vocabulary itself writes a token.
    public static String text(MemorySegment vocabulary, int token) {
        MemorySegment text = ShimH.vlm4j_token_text(vocabulary, token);
        if (text.address() == 0) {
            throw Shim.failure(Vlm4jException.Inference::new, "cannot write token " + token, Shim.NO_LOG);
        }
        return NativeText.of(text);
    }

    public static boolean isEndOfGeneration(MemorySegment vocabulary, int token) {
        return LlamaH.llama_vocab_is_eog(vocabulary, token);
    }

    public static boolean isControl(MemorySegment vocabulary, int token) {
        return (attributes(vocabulary, token) & LlamaH.LLAMA_TOKEN_ATTR_CONTROL()) != 0;
    }

    /// Whether the token steers the model and is recognised in text only when special tokens are parsed.
    public static boolean isSpecial(MemorySegment vocabulary, int token) {
        int special = LlamaH.LLAMA_TOKEN_ATTR_CONTROL() | LlamaH.LLAMA_TOKEN_ATTR_UNKNOWN();
        return (attributes(vocabulary, token) & special) != 0;
    }

    /// Whether the token is recognised in every text, as a unit of its own.
    public static boolean isUserDefined(MemorySegment vocabulary, int token) {
        return (attributes(vocabulary, token) & LlamaH.LLAMA_TOKEN_ATTR_USER_DEFINED()) != 0;
    }

    private static int attributes(MemorySegment vocabulary, int token) {
        return Shim.check(ShimH.vlm4j_token_attributes(vocabulary, token), "cannot look up token " + token);
    }

    /// A length in bytes, 0 for the negative ones that are no failure.
    private static int checkLength(int length, String what) {
        if (length == CAUGHT) {
            throw Shim.failure(Vlm4jException.Inference::new, what, Shim.NO_LOG);
        }
        return Math.max(length, 0);
    }

    /// -1 where the vocabulary has none, as for the other well-known tokens.
    public static int beginOfSequence(MemorySegment vocabulary) {
        return LlamaH.llama_vocab_bos(vocabulary);
    }

    public static int endOfSequence(MemorySegment vocabulary) {
        return LlamaH.llama_vocab_eos(vocabulary);
    }

    public static int endOfTurn(MemorySegment vocabulary) {
        return LlamaH.llama_vocab_eot(vocabulary);
    }

    public static int padding(MemorySegment vocabulary) {
        return LlamaH.llama_vocab_pad(vocabulary);
    }

    public static boolean addsBeginOfSequence(MemorySegment vocabulary) {
        return LlamaH.llama_vocab_get_add_bos(vocabulary);
    }

    public static boolean addsEndOfSequence(MemorySegment vocabulary) {
        return LlamaH.llama_vocab_get_add_eos(vocabulary);
    }
}
