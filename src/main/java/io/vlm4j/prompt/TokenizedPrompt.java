package io.vlm4j.prompt;

import io.vlm4j.Vlm4jException;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.internal.TokenizedPromptImpl;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A prompt as the model takes it: runs of token ids, and pictures and sounds that are preprocessed and
/// ready to be encoded.
///
/// - **Owner**: whoever made it.
/// - **Threads**: immutable and thread-safe.
/// - **Close**: frees the preprocessed media once; later calls do nothing, evaluating it afterwards is an
///   [IllegalStateException].
public sealed interface TokenizedPrompt extends AutoCloseable permits TokenizedPromptImpl {
    /// A part of the prompt.
    sealed interface Chunk {
        /// How many cells of the context it takes.
        int tokens();

        /// How many positions it takes; fewer than its tokens for media in models with M-RoPE.
        int positions();
    }

    /// A run of text.
    record TextChunk(List<Integer> ids) implements Chunk {
        public TextChunk {
            ids = List.copyOf(ids);
        }

        @Override
        public int tokens() {
            return ids.size();
        }

        @Override
        public int positions() {
            return ids.size();
        }
    }

    /// A picture or one tile of it, or a sound or one window of it. A picture whose tiles are merged
    /// ([io.vlm4j.model.Tiling]) is one chunk.
    ///
    /// @param contentId equal for equal content: the SHA-256 of the [picture][io.vlm4j.media.Pixels#sha256()] or the
    ///     [sound][io.vlm4j.media.Samples#sha256()] and the number of the tile or window, or `tiles` when they are
    ///     merged
    record MediaChunk(int tokens, int positions, String contentId) implements Chunk {}

    /// Tokenizes a prompt and preprocesses its pictures and sounds.
    ///
    /// @param projector may be `null` for a prompt of text alone
    /// @throws Vlm4jException.InvalidMedia when a picture or a sound cannot be decoded, is over its limits, or
    ///     nothing is there to see or hear it
    static TokenizedPrompt of(Prompt prompt, Model model, @Nullable Projector projector) {
        return TokenizedPromptImpl.create(prompt, model, projector);
    }

    List<Chunk> chunks();

    /// Cells of the context that the whole prompt takes.
    default int tokens() {
        return chunks().stream().mapToInt(Chunk::tokens).sum();
    }

    /// Cells of the context that pictures take.
    default int mediaTokens() {
        return chunks().stream()
                .filter(MediaChunk.class::isInstance)
                .mapToInt(Chunk::tokens)
                .sum();
    }

    /// Positions that the whole prompt takes.
    default int positions() {
        return chunks().stream().mapToInt(Chunk::positions).sum();
    }

    @Override
    void close();
}
