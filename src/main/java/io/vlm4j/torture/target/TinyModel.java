package io.vlm4j.torture.target;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A LLaMA of two layers with random weights.
///
/// @param seed of the weights
record TinyModel(long seed) {
    static final int EMBEDDING = 64;
    static final int LAYERS = 2;
    static final int FEED_FORWARD = 96;
    static final int CONTEXT = 256;
    private static final int HEADS = 4;
    private static final int KEY_VALUE_HEADS = 2;
    private static final int BYTES = 256;
    private static final String PIECES = "▁ t a o e n s i r h l d u c m f p g w y b v k ▁t ▁a he in re ▁the on er nd";

    /// Token types of llama.h.
    private static final int NORMAL = 1;

    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int BYTE = 6;

    static final String TEMPLATE = "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'system' %}"
            + "{{ message['content'] }}\n{% elif message['role'] == 'user' %}USER: {{ message['content'] }}\n"
            + "{% else %}ASSISTANT: {{ message['content'] }}{{ eos_token }}{% endif %}{% endfor %}"
            + "{% if add_generation_prompt %}ASSISTANT:{% endif %}";

    void write(Path path) {
        GgufWriter writer = GgufWriter.create()
                .put("general.architecture", "llama")
                .put("general.name", "tiny")
                .put("llama.block_count", GgufValue.u32(LAYERS))
                .put("llama.context_length", GgufValue.u32(CONTEXT))
                .put("llama.embedding_length", GgufValue.u32(EMBEDDING))
                .put("llama.feed_forward_length", GgufValue.u32(FEED_FORWARD))
                .put("llama.attention.head_count", GgufValue.u32(HEADS))
                .put("llama.attention.head_count_kv", GgufValue.u32(KEY_VALUE_HEADS))
                .put("llama.attention.layer_norm_rms_epsilon", GgufValue.of(1e-5f))
                .put("llama.rope.dimension_count", GgufValue.u32(EMBEDDING / HEADS))
                .put("llama.rope.freq_base", GgufValue.of(10_000f))
                .put("general.file_type", GgufValue.u32(1));
        int tokens = vocabulary(writer);
        writer.put("llama.vocab_size", GgufValue.u32(tokens));
        tensors(tokens, new Weights(writer, seed));
        writer.write(path);
    }

    private static int vocabulary(GgufWriter writer) {
        List<String> texts = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        for (int i = 0; i < BYTES; i++) {
            texts.add("<0x%02X>".formatted(i));
        }
        texts.addAll(List.of(PIECES.split(" ", -1)));
        float[] scores = new float[texts.size()];
        long[] types = new long[texts.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = -i;
            types[i] = i == 0 ? UNKNOWN : i < 3 ? CONTROL : i < BYTES + 3 ? BYTE : NORMAL;
        }
        writer.put("tokenizer.ggml.model", "llama")
                .put("tokenizer.ggml.tokens", GgufValue.strings(texts))
                .put("tokenizer.ggml.scores", GgufValue.floats(scores))
                .put("tokenizer.ggml.token_type", GgufValue.integers(GgufType.I32, types))
                .put("tokenizer.ggml.bos_token_id", GgufValue.u32(1))
                .put("tokenizer.ggml.eos_token_id", GgufValue.u32(2))
                .put("tokenizer.ggml.unknown_token_id", GgufValue.u32(0))
                .put("tokenizer.ggml.add_bos_token", GgufValue.of(true))
                .put("tokenizer.chat_template", TEMPLATE);
        return texts.size();
    }

    private static void tensors(int tokens, Weights weights) {
        int keyValues = EMBEDDING / HEADS * KEY_VALUE_HEADS;
        weights.put("token_embd.weight", GgmlType.F16, tokens, EMBEDDING);
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "blk." + layer + ".";
            weights.norm(block + "attn_norm.weight", EMBEDDING);
            weights.put(block + "attn_q.weight", GgmlType.Q8_0, EMBEDDING, EMBEDDING);
            weights.put(block + "attn_k.weight", GgmlType.F16, keyValues, EMBEDDING);
            weights.put(block + "attn_v.weight", GgmlType.F32, keyValues, EMBEDDING);
            weights.put(block + "attn_output.weight", GgmlType.Q8_0, EMBEDDING, EMBEDDING);
            weights.norm(block + "ffn_norm.weight", EMBEDDING);
            weights.put(block + "ffn_gate.weight", GgmlType.Q8_0, FEED_FORWARD, EMBEDDING);
            weights.put(block + "ffn_up.weight", GgmlType.F16, FEED_FORWARD, EMBEDDING);
            weights.put(block + "ffn_down.weight", GgmlType.Q8_0, EMBEDDING, FEED_FORWARD);
        }
        weights.norm("output_norm.weight", EMBEDDING);
        weights.put("output.weight", GgmlType.Q8_0, tokens, EMBEDDING);
    }
}
