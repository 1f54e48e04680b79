package io.vlm4j.attention.internal;

import io.vlm4j.model.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Tokens gathered into words: white space separates them, and where a script has none every ideograph is one.
public final class Words {
    private final List<Word> words = new ArrayList<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private List<Integer> places = new ArrayList<>();

    /// @param places in the list of tokens, in order
    public record Word(String text, List<Integer> places) {}

    private Words() {}

    /// The words of these tokens; special tokens belong to none.
    public static List<Word> of(List<Integer> tokens, Tokenizer tokenizer) {
        Words gathered = new Words();
        for (int i = 0; i < tokens.size(); i++) {
            byte[] piece = tokenizer.piece(tokens.get(i));
            if (piece.length > 0) {
                gathered.add(piece, i);
            }
        }
        gathered.end();
        return List.copyOf(gathered.words);
    }

    private void add(byte[] piece, int place) {
        String text = new String(piece, StandardCharsets.UTF_8);
        if (Character.isWhitespace(text.charAt(0)) || Character.isIdeographic(text.codePointAt(0)) || endsInSpace()) {
            end();
        }
        bytes.writeBytes(piece);
        places.add(place);
    }

    private boolean endsInSpace() {
        String text = bytes.toString(StandardCharsets.UTF_8);
        return !text.isEmpty() && Character.isWhitespace(text.charAt(text.length() - 1));
    }

    private void end() {
        String text = bytes.toString(StandardCharsets.UTF_8).strip();
        if (!text.isEmpty()) {
            words.add(new Word(text, List.copyOf(places)));
            bytes.reset();
            places = new ArrayList<>();
        } // white space alone belongs to the word that follows
    }
}
