package io.vlm4j.graph;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.graph.internal.Architectures;
import java.util.Objects;

/// What a transformer is made of: a stack of equal layers, each attention and then a feed-forward part, both added
/// to the rows that pass through. An immutable value; [#builder] makes one.
///
/// | part | formula |
/// |---|---|
/// | attention | `x + attn_output(sub_norm?(attention(attn_norm(x))))` |
/// | feed-forward | `x + ffn_down(sub_norm?(activation(ffn_up(ffn_norm(x)))))`, or gated `activation(ffn_gate) *
/// ffn_up` |
///
/// @param layers         the number of layers
/// @param width          of the rows
/// @param heads          of the queries
/// @param keyValueHeads  of keys and values, a divisor of `heads`
/// @param headSize       numbers of a head
/// @param feedForward    the width between the feed-forward matrices
/// @param vocabulary     the number of tokens; 0 for an encoder, which has no embeddings and no head
/// @param contextLength  the positions it was made for
/// @param norm           all norms
/// @param positions      how it knows the order of rows
/// @param activation     of the feed-forward part
/// @param gated          whether the feed-forward part has a gate
/// @param biases         which matrices have a bias
/// @param headNorms      whether each head of queries and keys is normed, before positions
/// @param innerNorms     whether the inputs of `attn_output` and `ffn_down` are normed
/// @param tiedHead       whether the matrix of embeddings is the head too
/// @param causal         whether a row sees only the rows before it
/// @param embeddingScale embeddings, of tokens and of pictures, are multiplied by it
public record Architecture(
        int layers,
        int width,
        int heads,
        int keyValueHeads,
        int headSize,
        int feedForward,
        int vocabulary,
        int contextLength,
        Norm norm,
        Positions positions,
        Activation activation,
        boolean gated,
        Biases biases,
        boolean headNorms,
        boolean innerNorms,
        boolean tiedHead,
        boolean causal,
        float embeddingScale) {
    /// Which matrices have a bias.
    public enum Biases {
        /// None.
        NONE,
        /// Those of queries, keys and values.
        QUERY_KEY_VALUE,
        /// All but the head.
        ALL
    }

    /// @throws IllegalArgumentException naming what does not fit together
    public Architecture {
        Objects.requireNonNull(norm, "norm");
        Objects.requireNonNull(positions, "positions");
        Objects.requireNonNull(activation, "activation");
        Objects.requireNonNull(biases, "biases");
        requirePositive("layers", layers);
        requirePositive("width", width);
        requirePositive("heads", heads);
        requirePositive("keyValueHeads", keyValueHeads);
        requirePositive("headSize", headSize);
        requirePositive("feedForward", feedForward);
        requirePositive("contextLength", contextLength);
        if (vocabulary < 0) {
            throw new IllegalArgumentException("vocabulary must be 0 or more, not " + vocabulary);
        }
        if (heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(keyValueHeads + " key-value heads do not divide " + heads + " heads");
        }
        if (positions instanceof Positions.Rotary rotary && rotary.dimensions() > headSize) {
            throw new IllegalArgumentException(
                    rotary.dimensions() + " rotary dimensions are more than a head of " + headSize + " has");
        }
        if (!(embeddingScale > 0) || Float.isInfinite(embeddingScale)) {
            throw new IllegalArgumentException("embeddingScale must be above 0, not " + embeddingScale);
        }
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be 1 or more, not " + value);
        }
    }

    /// The decoder of a GGUF file of architecture `llama` (dense, without scaled rotary positions), `fuyu` or
    /// `kosmos2`.
    ///
    /// @throws InvalidFile when it is of another architecture, or a key is missing or makes no sense
    public static Architecture of(GgufFile file) {
        return Architectures.decoder(file);
    }

    /// Settings of a decoder like LLaMA, without its sizes.
    public static ArchitectureBuilder builder() {
        return new ArchitectureBuilder();
    }
}
