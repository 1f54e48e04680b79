package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufArray;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What the header of a text model says, checked before native code sees it: there it would be a failed assertion, or
/// memory for sizes that cannot be. Source: llama-vocab.cpp (`load`), llama-model.cpp (`load_hparams`).
final class TextModelFile {
    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final List<String> SCALINGS = List.of("none", "linear", "yarn", "longrope");
    private static final String HYBRID = "hybriddna"; // marks texts that stand for two tokens by itself
    static final long MOST_LAYERS = 512; // llama-hparams.h: LLAMA_MAX_LAYERS
    private static final long MOST = Integer.MAX_VALUE; // of anything that is counted: it is an int in many places

    /// What llama.cpp divides by, whatever the architecture: 0 would be SIGFPE.
    private static final List<String> DIVISORS = List.of(
            "full_attention_interval",
            "interleave_moe_layer_step",
            "experts_per_group",
            "wkv.head_size",
            "ssm.group_count",
            "ssm.time_step_rank",
            "ssm.inner_size",
            "attention.temperature_length",
            "attention.output_group_count",
            "attention.indexer.block_size",
            "attention.group_norm_groups",
            "attn_res.block_size",
            "conv_group_size",
            "attention.key_length",
            "attention.value_length",
            "attention.key_length_swa",
            "attention.value_length_swa");

    private TextModelFile() {}

    /// @throws InvalidFile when the header contradicts itself or the other parts of its model, naming the key or tensor
    static void check(GgufFile file, String architecture) {
        checkTokens(file);
        FileHeader header = new FileHeader(file, architecture + ".", ModelParts.tensors(file));
        checkSizes(header);
        checkRotation(header);
        header.checkTypes();
        if (DecoderTensors.ARCHITECTURES.contains(architecture)) {
            DecoderTensors.check(header, architecture, tokens(file));
        }
    }

    /// How many tokens the file lists; 0 when it does not.
    private static long tokens(GgufFile file) {
        return file.value(TOKENS).orElse(null) instanceof GgufArray tokens ? tokens.size() : 0;
    }

    private static void checkTokens(GgufFile file) {
        if (!(file.value(TOKENS).orElse(null) instanceof GgufArray tokens)
                || tokens.elementType() != GgufType.STRING
                || file.string("tokenizer.ggml.model").orElse("").equals(HYBRID)) {
            return; // native code says what is missing
        }
        List<GgufValue> values = tokens.asList();
        Map<Object, Integer> ids = HashMap.newHashMap(values.size());
        for (int id = 0; id < values.size(); id++) {
            Object text = nativeText(values.get(id), id);
            Integer other = ids.putIfAbsent(text, id);
            if (other != null) {
                throw new InvalidFile(file.path() + ": " + TOKENS + ": tokens " + other + " and " + id
                        + " are the same, '" + text + "'");
            }
        }
        perToken(file, "tokenizer.ggml.scores", values.size(), Set.of(GgufType.F32));
        perToken(file, "tokenizer.ggml.token_type", values.size(), Set.of(GgufType.I32, GgufType.U32));
    }

    /// Native code takes both for what they should be, and reads one for each token.
    private static void perToken(GgufFile file, String key, int tokens, Set<GgufType> types) {
        Optional<GgufValue> value = file.value(key);
        if (value.isEmpty()) {
            return;
        }
        if (!(value.get() instanceof GgufArray array) || !types.contains(array.elementType())) {
            throw new InvalidFile(file.path() + ": " + key + " is " + value.get() + " ("
                    + value.get().type() + "), not an array of "
                    + types.iterator().next());
        }
        if (array.size() < tokens) {
            throw new InvalidFile(
                    file.path() + ": " + key + " has " + array.size() + " values for " + tokens + " tokens");
        }
    }

    /// What llama.cpp takes for a token's text. Malformed UTF-8 stays as it is.
    private static Object nativeText(GgufValue value, int id) {
        String text = value.asString();
        if (text.indexOf('\uFFFD') >= 0) {
            return value;
        }
        int end = text.indexOf('\0');
        String beginning = end < 0 ? text : text.substring(0, end);
        return beginning.isEmpty() ? "[EMPTY_" + id + "]" : beginning;
    }

    private static void checkSizes(FileHeader header) {
        long layers = header.count("block_count", 1, MOST_LAYERS).orElse(1);
        header.count("embedding_length", 1, MOST);
        header.count("context_length", 1, MOST);
        header.count("nextn_predict_layers", 0, layers - 1);
        header.count("n_deepstack_layers", 0, layers);
        for (String key : List.of("attention.head_count", "attention.head_count_kv", "feed_forward_length")) {
            header.perLayer(key, (int) layers, 0, 0, MOST);
        }
        for (String key : DIVISORS) {
            header.perLayer(key, (int) layers, 1, 1, MOST);
        }
        long experts = header.count("expert_count", 0, MOST).orElse(0);
        header.perLayer("expert_used_count", (int) layers, 0, 0, experts);
        header.count("expert_group_count", 0, Math.max(experts, 0));
    }

    private static void checkRotation(FileHeader header) {
        header.number("rope.freq_base", Float.MIN_NORMAL, Float.MAX_VALUE);
        header.number("rope.freq_base_swa", Float.MIN_NORMAL, Float.MAX_VALUE);
        header.number("rope.scaling.factor", 0, MOST);
        header.number("rope.scale_linear", 0, MOST);
        header.number("rope.scaling.attn_factor", 0, MOST);
        header.count("rope.dimension_count", 0, MOST);
        header.count("rope.scaling.original_context_length", 0, MOST);
        String scaling =
                header.file().string(header.prefix() + "rope.scaling.type").orElse("linear");
        if (!SCALINGS.contains(scaling)) {
            throw new InvalidFile(header.file().path() + ": " + header.prefix() + "rope.scaling.type is '" + scaling
                    + "', not one of " + String.join(", ", SCALINGS));
        }
    }
}
