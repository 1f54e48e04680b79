package io.vlm4j.conversion.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Tokens with scores and types as llama.cpp has them, and whatever else a GGUF says of its tokenizer. Confined to
/// one thread.
final class Vocabulary {
    static final int NORMAL = 1;
    static final int UNKNOWN = 2;
    static final int CONTROL = 3;
    static final int USER_DEFINED = 4;
    static final int UNUSED = 5;
    static final int BYTE = 6;

    private static final float PADDING_SCORE = -10000;

    private final String source;
    private final String[] tokens;
    private final float[] scores;
    private final int[] types;
    private final Map<String, Integer> ids = new HashMap<>();
    private final SequencedMap<String, GgufValue> further = new LinkedHashMap<>();

    /// @param source the file, for messages
    /// @param size   as in config.json; what no token is set for stays unused
    Vocabulary(String source, int size) {
        if (size < 1 || size > 1 << 22) {
            throw new InvalidFile(source + ": a vocabulary of " + size + " tokens");
        }
        this.source = source;
        tokens = new String[size];
        scores = new float[size];
        types = new int[size];
        Arrays.setAll(tokens, id -> "[PAD" + id + "]");
        Arrays.fill(scores, PADDING_SCORE);
        Arrays.fill(types, UNUSED);
    }

    int size() {
        return tokens.length;
    }

    /// Tokens beyond the size are left out, as the model has no rows for them.
    void set(int id, String token, float score, int type) {
        if (id < 0) {
            throw new InvalidFile(source + ": token '" + token + "' has the id " + id);
        }
        if (id < tokens.length) {
            if (types[id] != UNUSED) {
                ids.remove(tokens[id], id);
            }
            tokens[id] = token;
            scores[id] = score;
            types[id] = type;
            ids.putIfAbsent(token, id);
        }
    }

    boolean has(String token) {
        return ids.containsKey(token);
    }

    /// @throws InvalidFile if there is no such token
    int id(String token) {
        Integer id = ids.get(token);
        if (id == null) {
            throw new InvalidFile(source + " has no token '" + token + "', which the architecture needs");
        }
        return id;
    }

    void put(String key, GgufValue value) {
        further.put("tokenizer." + key, value);
    }

    /// @param model llama.cpp's kind of tokenizer
    /// @param pre   how it splits texts first
    void kind(String model, String pre, boolean scored) {
        put("ggml.model", GgufValue.of(model));
        put("ggml.pre", GgufValue.of(pre));
        put("ggml.tokens", GgufValue.strings(List.of(tokens)));
        if (scored) {
            put("ggml.scores", GgufValue.floats(scores));
        }
        put(
                "ggml.token_type",
                GgufValue.integers(
                        GgufType.I32, Arrays.stream(types).asLongStream().toArray()));
    }

    void describe(FilePlan file) {
        further.forEach(file::put);
    }
}
