package io.vlm4j.graph.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.graph.Activation;
import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.Architecture.Biases;
import io.vlm4j.graph.ArchitectureBuilder;
import io.vlm4j.graph.Norm;
import io.vlm4j.graph.Positions;

/// What GGUF files say about their decoders.
public final class Architectures {
    private static final float ROPE_BASE = 10_000; // llama.cpp's, when a file has none

    private Architectures() {}

    /// See [Architecture#of].
    public static Architecture decoder(GgufFile file) {
        Metadata keys = Metadata.of(file);
        try {
            return switch (file.architecture().orElseThrow()) {
                case "llama" -> llama(keys);
                case "fuyu" -> fuyu(keys);
                case "kosmos2" -> kosmos2(keys);
                default ->
                    throw new InvalidFile(file.path() + " is of architecture '"
                            + file.architecture().orElseThrow() + "', not llama, fuyu or kosmos2");
            };
        } catch (IllegalArgumentException | ArithmeticException impossible) {
            throw new InvalidFile(file.path() + ": " + impossible.getMessage(), impossible);
        }
    }

    private static Architecture llama(Metadata keys) {
        for (String unsupported : new String[] {"expert_count", "rope.scaling.type", "attention.sliding_window"}) {
            if (keys.has(unsupported)) {
                throw new InvalidFile(keys.file().path() + " has " + keys.prefix() + unsupported
                        + ", which graphs of our own do not know");
            }
        }
        int heads = keys.integer("attention.head_count");
        int size = keys.has("attention.key_length")
                ? keys.integer("attention.key_length")
                : keys.integer("embedding_length") / Math.max(1, heads);
        return sizes(keys)
                .heads(
                        heads,
                        keys.has("attention.head_count_kv") ? keys.integer("attention.head_count_kv") : heads,
                        size)
                .vocabulary(rows(keys.file(), "token_embd.weight"))
                .norm(Norm.Kind.RMS, keys.real("attention.layer_norm_rms_epsilon"))
                .positions(new Positions.Rotary(
                        keys.has("rope.dimension_count") ? keys.integer("rope.dimension_count") : size,
                        keys.has("rope.freq_base") ? keys.real("rope.freq_base") : ROPE_BASE,
                        false,
                        1))
                .biases(keys.file().tensor("blk.0.attn_q.bias").isPresent() ? Biases.QUERY_KEY_VALUE : Biases.NONE)
                .tiedHead(keys.file().tensor("output.weight").isEmpty())
                .build();
    }

    private static Architecture fuyu(Metadata keys) {
        ArchitectureBuilder sizes = sizes(keys);
        return heads(keys, sizes)
                .vocabulary(keys.integer("vocab_size"))
                .norm(Norm.Kind.LAYER_WITH_BIAS, keys.real("attention.layer_norm_epsilon"))
                .positions(new Positions.Rotary(
                        keys.integer("rope.dimension_count"), keys.real("rope.freq_base"), true, 1))
                .activation(Activation.ofLabel(keys.text("activation")), false)
                .biases(Biases.ALL)
                .headNorms(keys.flag("attention.qk_norm"))
                .build();
    }

    private static Architecture kosmos2(Metadata keys) {
        return heads(keys, sizes(keys))
                .vocabulary(keys.integer("vocab_size"))
                .norm(Norm.Kind.LAYER_WITH_BIAS, keys.real("attention.layer_norm_epsilon"))
                .positions(new Positions.Sinusoidal(keys.integer("position_offset")))
                .activation(Activation.ofLabel(keys.text("activation")), false)
                .biases(Biases.ALL)
                .innerNorms(true)
                .tiedHead(true)
                .embeddingScale(keys.real("embedding_scale"))
                .build();
    }

    /// The layers of a CLIP tower whose keys these are.
    ///
    /// @param rows of a picture, the class token's included
    static Architecture clip(Metadata keys, int rows) {
        return Architecture.builder()
                .size(
                        keys.integer("block_count"),
                        keys.integer("embedding_length"),
                        keys.integer("feed_forward_length"))
                .heads(keys.integer("attention.head_count"))
                .contextLength(rows)
                .norm(Norm.Kind.LAYER_WITH_BIAS, keys.real("attention.layer_norm_epsilon"))
                .activation(Activation.ofLabel(keys.text("activation")), false)
                .biases(Biases.ALL)
                .causal(false)
                .build();
    }

    private static ArchitectureBuilder sizes(Metadata keys) {
        return Architecture.builder()
                .size(
                        keys.integer("block_count"),
                        keys.integer("embedding_length"),
                        keys.integer("feed_forward_length"))
                .contextLength(keys.integer("context_length"));
    }

    private static ArchitectureBuilder heads(Metadata keys, ArchitectureBuilder builder) {
        int heads = keys.integer("attention.head_count");
        int keyValueHeads = keys.integer("attention.head_count_kv");
        return builder.heads(heads, keyValueHeads, keys.integer("embedding_length") / Math.max(1, heads));
    }

    private static int rows(GgufFile file, String table) {
        return Math.toIntExact(file.tensor(table)
                .orElseThrow(() -> new InvalidFile(file.path() + " has no tensor '" + table + "'"))
                .shape()
                .dim(0));
    }
}
