package io.vlm4j.model.internal;

import io.vlm4j.model.Tokenizer;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.llama.LlamaModels;
import io.vlm4j.natives.llama.LlamaVocabulary;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The vocabulary of a model. Pieces of tokens are kept once they were asked for, so that generating makes no
/// garbage.
public final class TokenizerImpl implements Tokenizer {
    private static final int MOST_FILLERS = 128; // as llama.cpp allows for draft models

    private final NativeHandle model;
    private final MemorySegment vocabulary;
    private final Optional<UnigramEncoder> unigram;
    private final int size;
    private final BitSet endOfGeneration = new BitSet();
    private final BitSet special = new BitSet();
    private final AtomicReferenceArray<@Nullable TokenPiece> pieces;
    private volatile WeakReference<TokenizerImpl> equal = new WeakReference<>(null); // the last one found so

    TokenizerImpl(NativeHandle model) {
        this(model, Optional.empty());
    }

    /// @param unigram encodes texts in the place of the native vocabulary
    TokenizerImpl(NativeHandle model, Optional<UnigramEncoder> unigram) {
        this.model = model;
        this.unigram = unigram;
        vocabulary = model.borrow(LlamaModels.vocabulary(model.segment()));
        size = LlamaVocabulary.size(vocabulary);
        for (int token = 0; token < size; token++) {
            endOfGeneration.set(token, LlamaVocabulary.isEndOfGeneration(vocabulary, token));
            special.set(token, LlamaVocabulary.isSpecial(vocabulary, token));
        }
        pieces = new AtomicReferenceArray<>(size);
    }

    /// The native vocabulary, valid as long as the model is open.
    ///
    /// @throws IllegalStateException after the model is closed
    public MemorySegment vocabulary() {
        model.segment();
        return vocabulary;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
        MemorySegment open = vocabulary();
        return unigram.map(encoder -> encoder.encode(List.of(new UnigramEncoder.Part(text, parseSpecial)), addSpecial))
                .orElseGet(() -> LlamaVocabulary.tokenize(open, text, addSpecial, parseSpecial));
    }

    /// The ids of texts that follow each other, without any that begin or end a sequence. A vocabulary with an encoder
    /// of our own takes them for one text; llama.cpp's take each by itself.
    public int[] encode(List<String> texts, List<Boolean> parseSpecial) {
        if (unigram.isPresent()) {
            vocabulary();
            List<UnigramEncoder.Part> parts = IntStream.range(0, texts.size())
                    .mapToObj(i -> new UnigramEncoder.Part(texts.get(i), parseSpecial.get(i)))
                    .toList();
            return unigram.get().encode(parts, false);
        }
        return IntStream.range(0, texts.size())
                .flatMap(i -> IntStream.of(encode(texts.get(i), false, parseSpecial.get(i))))
                .toArray();
    }

    @Override
    public String decode(int[] tokens, boolean skipSpecial) {
        for (int token : tokens) {
            check(token);
        }
        return LlamaVocabulary.detokenize(vocabulary(), tokens, skipSpecial, !skipSpecial);
    }

    @Override
    public byte[] piece(int token) {
        return tokenPiece(token).copyOfBytes();
    }

    /// The kept piece of a token; the same object every time but for races.
    public TokenPiece tokenPiece(int token) {
        check(token);
        TokenPiece piece = pieces.get(token);
        if (piece == null) {
            piece = TokenPiece.of(LlamaVocabulary.piece(vocabulary(), token, false));
            pieces.set(token, piece);
        }
        return piece;
    }

    /// The piece of a token with its text even when it is special.
    public TokenPiece specialPiece(int token) {
        check(token);
        return TokenPiece.of(LlamaVocabulary.piece(vocabulary(), token, true));
    }

    @Override
    public String text(int token) {
        check(token);
        return LlamaVocabulary.text(vocabulary(), token);
    }

    @Override
    public boolean isEndOfGeneration(int token) {
        return endOfGeneration.get(token);
    }

    @Override
    public boolean isSpecial(int token) {
        return special.get(token);
    }

    @Override
    public List<String> specialTexts() {
        MemorySegment open = vocabulary();
        return special.stream()
                .mapToObj(token -> LlamaVocabulary.text(open, token))
                .toList();
    }

    /// The texts of tokens that are recognised in every text, special tokens parsed or not.
    public List<String> userDefinedTexts() {
        MemorySegment open = vocabulary();
        return IntStream.range(0, size)
                .filter(token -> LlamaVocabulary.isUserDefined(open, token))
                .mapToObj(token -> LlamaVocabulary.text(open, token))
                .toList();
    }

    @Override
    public OptionalInt beginOfSequence() {
        return optional(LlamaVocabulary.beginOfSequence(vocabulary()));
    }

    @Override
    public OptionalInt endOfSequence() {
        return optional(LlamaVocabulary.endOfSequence(vocabulary()));
    }

    @Override
    public OptionalInt endOfTurn() {
        return optional(LlamaVocabulary.endOfTurn(vocabulary()));
    }

    @Override
    public OptionalInt padding() {
        return optional(LlamaVocabulary.padding(vocabulary()));
    }

    private static OptionalInt optional(int token) {
        return token < 0 ? OptionalInt.empty() : OptionalInt.of(token);
    }

    /// In what this vocabulary differs from another, so that the ids of one mean nothing to the other; empty when
    /// it does not. A few fillers more or fewer at the end are no difference.
    public Optional<String> difference(TokenizerImpl other) {
        if (other == this || equal.refersTo(other)) {
            return Optional.empty();
        }
        if (Math.abs(size - other.size) > MOST_FILLERS) {
            return Optional.of("one has " + size + " tokens, the other " + other.size);
        }
        for (int token = 0; token < Math.min(size, other.size); token++) {
            if (!text(token).equals(other.text(token))) {
                return Optional.of("token " + token + " is '" + text(token) + "' in one and '" + other.text(token)
                        + "' in the other");
            }
        }
        equal = new WeakReference<>(other);
        return Optional.empty();
    }

    /// @throws IllegalArgumentException for an id outside the vocabulary
    public void check(int token) {
        if (token < 0 || token >= size) {
            throw new IllegalArgumentException("token " + token + " is not in a vocabulary of " + size);
        }
    }

    /// As [#check(int)] for many.
    public void check(int[] tokens) {
        IntStream.of(tokens).forEach(this::check);
    }
}
