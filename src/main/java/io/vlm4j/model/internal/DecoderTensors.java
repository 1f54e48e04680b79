package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufArray;
import java.util.Set;

/// The sizes that a decoder's header names, held against each other and against every tensor of its layers. For the
/// architectures whose layers are alike: attention with keys and values for groups of heads, a gated feed-forward
/// network or experts. Source: `load_arch_hparams` and `load_arch_tensors` of llama.cpp's src/models.
final class DecoderTensors {
    static final Set<String> ARCHITECTURES = Set.of(
            "llama", "qwen2", "qwen2vl", "qwen3", "qwen3vl", "qwen3moe", "qwen3vlmoe", "gemma", "gemma2", "gemma3");

    /// Of these, the rotation covers whole heads.
    private static final Set<String> ROTATES_ALL = Set.of("llama", "qwen2", "qwen2vl");

    private static final long MOST = 1 << 24; // of anything that is counted
    private static final int MOST_EXPERTS = 1 << 10;

    private final FileHeader header;
    private final String architecture;
    private final int layers;
    private final long width;
    private final long[] heads;
    private final long[] groups;
    private final long[] feedForward;
    private final long keys;
    private final long values;
    private final long experts;

    private DecoderTensors(FileHeader header, String architecture) {
        this.header = header;
        this.architecture = architecture;
        this.layers = (int) header.required("block_count", 1, TextModelFile.MOST_LAYERS);
        this.width = header.required("embedding_length", 1, MOST);
        this.heads = header.perLayer("attention.head_count", layers, 0, 1, MOST);
        this.groups = header.perLayer("attention.head_count_kv", layers, 0, 1, MOST);
        this.feedForward = header.perLayer("feed_forward_length", layers, 0, 0, MOST);
        this.experts = header.count("expert_count", 0, MOST_EXPERTS).orElse(0);
        if (heads[0] == 0) {
            throw new InvalidFile(
                    header.file().path() + ": the key " + header.prefix() + "attention.head_count is missing");
        }
        this.keys = header.count("attention.key_length", 1, MOST).orElse(width / heads[0]);
        this.values = header.count("attention.value_length", 1, MOST).orElse(width / heads[0]);
    }

    /// @param vocabulary number of tokens; 0 when it is not known
    /// @throws InvalidFile naming the key or tensor
    static void check(FileHeader header, String architecture, long vocabulary) {
        DecoderTensors decoder = new DecoderTensors(header, architecture);
        decoder.checkHeads();
        decoder.checkRotation();
        decoder.checkTensors(vocabulary);
    }

    private void checkHeads() {
        for (int layer = 0; layer < layers; layer++) {
            long own = groups[layer] == 0 ? heads[layer] : groups[layer];
            if (heads[layer] % own != 0) {
                throw header.wrong("attention.head_count_kv", own, heads[layer] + " heads");
            }
        }
        if (!header.has("attention.key_length") && width % heads[0] != 0) {
            throw header.wrong("attention.head_count", heads[0], "an embedding_length of " + width);
        }
        header.number("attention.layer_norm_rms_epsilon", 0, 1);
        long used = header.count("expert_used_count", 0, Math.max(experts, 0)).orElse(0);
        if (experts > 0 && used == 0) {
            throw header.wrong("expert_used_count", used, experts + " experts");
        }
    }

    private void checkRotation() {
        long rotated = header.count("rope.dimension_count", 1, MOST).orElse(keys);
        if (rotated > keys || rotated % 2 != 0) {
            throw header.wrong("rope.dimension_count", rotated, "keys of " + keys + " numbers");
        }
        if (ROTATES_ALL.contains(architecture) && (rotated != keys || values != keys)) {
            throw header.wrong(
                    "rope.dimension_count",
                    rotated,
                    "keys of " + keys + " and values of " + values + " numbers, all of which " + architecture
                            + " rotates");
        }
        long sections = 0;
        if (header.file().value(header.prefix() + "rope.dimension_sections").orElse(null) instanceof GgufArray) {
            for (long section : header.integers("rope.dimension_sections")) {
                if (section < 0 || section > rotated) {
                    throw header.wrong("rope.dimension_sections", section, rotated + " rotated numbers");
                }
                sections += section;
            }
            if (sections == 0) {
                throw header.wrong("rope.dimension_sections", sections, rotated + " rotated numbers");
            }
        }
        header.optionalVector("rope_freqs.weight", rotated / 2);
    }

    private void checkTensors(long vocabulary) {
        long tokens = vocabulary > 0
                ? vocabulary
                : header.dimensions("token_embd.weight").ne1();
        header.matrix("token_embd.weight", width, tokens);
        header.optionalMatrix("output.weight", width, tokens);
        header.vector("output_norm.weight", width);
        for (int layer = 0; layer < layers; layer++) {
            String block = "blk." + layer + ".";
            attention(block, heads[layer] * keys, heads[layer], groups[layer] == 0 ? heads[layer] : groups[layer]);
            if (experts > 0) {
                experts(block);
            } else {
                feedForward(block, feedForward[layer]);
            }
        }
    }

    private void attention(String block, long queries, long ownHeads, long ownGroups) {
        header.vector(block + "attn_norm.weight", width);
        if (header.hasTensor(block + "attn_qkv.weight")) {
            header.matrix(block + "attn_qkv.weight", width, queries + ownGroups * (keys + values));
            header.optionalVector(block + "attn_qkv.bias", queries + ownGroups * (keys + values));
        } else {
            header.matrix(block + "attn_q.weight", width, queries);
            header.matrix(block + "attn_k.weight", width, ownGroups * keys);
            header.matrix(block + "attn_v.weight", width, ownGroups * values);
        }
        header.optionalVector(block + "attn_q.bias", queries);
        header.optionalVector(block + "attn_k.bias", ownGroups * keys);
        header.optionalVector(block + "attn_v.bias", ownGroups * values);
        header.optionalVector(block + "attn_q_norm.weight", keys);
        header.optionalVector(block + "attn_k_norm.weight", keys);
        header.matrix(block + "attn_output.weight", ownHeads * values, width);
        header.optionalVector(block + "attn_output.bias", width);
        header.optionalVector(block + "post_attention_norm.weight", width);
    }

    private void feedForward(String block, long hidden) {
        header.vector(block + "ffn_norm.weight", width);
        header.matrix(block + "ffn_gate.weight", width, hidden);
        header.matrix(block + "ffn_up.weight", width, hidden);
        header.matrix(block + "ffn_down.weight", hidden, width);
        header.optionalVector(block + "ffn_gate.bias", hidden);
        header.optionalVector(block + "ffn_up.bias", hidden);
        header.optionalVector(block + "ffn_down.bias", width);
        header.optionalVector(block + "post_ffw_norm.weight", width);
    }

    private void experts(String block) {
        header.vector(block + "ffn_norm.weight", width);
        header.matrix(block + "ffn_gate_inp.weight", width, experts);
        long hidden = header.dimensions(block + "ffn_down_exps.weight").ne0();
        header.tensor(block + "ffn_down_exps.weight", hidden, width, experts, 1);
        for (String part : new String[] {"ffn_gate_exps.weight", "ffn_up_exps.weight"}) {
            header.tensor(block + part, width, hidden, experts, 1);
        }
    }
}
