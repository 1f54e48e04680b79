package io.vlm4j.generation.internal;

import io.vlm4j.prompt.TokenizedPrompt;
import java.util.Arrays;

/// Token ids that become more. No allocation but for growth.
final class TokenSequence {
    /// Stands where the prompt has something else than text.
    static final int GAP = -1;

    private int[] tokens = new int[256];
    private int size;

    /// Adds the text of a prompt, with gaps where it has something else.
    void addText(TokenizedPrompt prompt) {
        for (TokenizedPrompt.Chunk chunk : prompt.chunks()) {
            switch (chunk) {
                case TokenizedPrompt.TextChunk text -> text.ids().forEach(this::add);
                case TokenizedPrompt.MediaChunk _ -> add(GAP);
            }
        }
    }

    void add(int token) {
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, size * 2);
        }
        tokens[size++] = token;
    }

    int size() {
        return size;
    }

    int at(int index) {
        return tokens[index];
    }
}
