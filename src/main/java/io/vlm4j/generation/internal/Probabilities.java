package io.vlm4j.generation.internal;

import io.vlm4j.generation.TokenProbability;
import io.vlm4j.model.internal.TokenPiece;
import io.vlm4j.model.internal.TokenizerImpl;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Collects the probabilities of chosen tokens: all of them, and those since the last text that was told.
public final class Probabilities {
    /// Where they come from, see `InferenceContext.logProbabilities`.
    @FunctionalInterface
    public interface Source {
        void logProbabilities(int token, int[] ids, float[] values);
    }

    private final TokenizerImpl tokenizer;
    private final int[] ids;
    private final float[] values;
    private final List<TokenProbability> all = new ArrayList<>();
    private int told;

    /// @param alternatives how many are told for each token
    Probabilities(TokenizerImpl tokenizer, int alternatives) {
        this.tokenizer = tokenizer;
        int places = Math.min(alternatives, tokenizer.size()) + 1;
        this.ids = new int[places];
        this.values = new float[places];
    }

    /// Reads what the model says of a token that was just chosen.
    void read(int token, Source source) {
        source.logProbabilities(token, ids, values);
        List<TokenProbability.Alternative> alternatives = new ArrayList<>(ids.length - 1);
        for (int i = 1; i < ids.length; i++) {
            alternatives.add(new TokenProbability.Alternative(ids[i], text(ids[i]), values[i]));
        }
        all.add(new TokenProbability(token, text(token), values[0], alternatives));
    }

    private String text(int token) {
        TokenPiece piece = tokenizer.tokenPiece(token);
        String whole = piece.text();
        return whole != null ? whole : new String(tokenizer.piece(token), StandardCharsets.UTF_8);
    }

    /// Of the tokens since the last call.
    List<TokenProbability> more() {
        List<TokenProbability> more = List.copyOf(all.subList(told, all.size()));
        told = all.size();
        return more;
    }

    List<TokenProbability> all() {
        return Collections.unmodifiableList(all);
    }
}
