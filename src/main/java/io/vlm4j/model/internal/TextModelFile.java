package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufArray;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// What the header of a text model says, checked before native code sees it: there it would be a failed assertion, or
/// memory for sizes that cannot be. Source: llama-vocab.cpp (`load`), llama-model.cpp (`load_hparams`).
final class TextModelFile {
    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String HYBRID = "hybriddna"; // marks texts that stand for two tokens by itself
    private static final long MOST_LAYERS = 512; // llama-hparams.h: LLAMA_MAX_LAYERS

    private TextModelFile() {}

    /// @throws InvalidFile when the header contradicts itself, naming the key
    static void check(GgufFile file, String architecture) {
        checkTokens(file);
        checkSizes(file, architecture + ".");
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
        for (String key : List.of("tokenizer.ggml.scores", "tokenizer.ggml.token_type")) {
            if (file.value(key).orElse(null) instanceof GgufArray array && array.size() < values.size()) {
                throw new InvalidFile(
                        file.path() + ": " + key + " has " + array.size() + " values for " + values.size() + " tokens");
            }
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

    private static void checkSizes(GgufFile file, String prefix) {
        between(file, prefix + "block_count", 1, MOST_LAYERS);
        between(file, prefix + "embedding_length", 1, Integer.MAX_VALUE);
        between(file, prefix + "context_length", 1, Integer.MAX_VALUE);
    }

    private static void between(GgufFile file, String key, long least, long most) {
        OptionalLong value = file.integer(key);
        if (value.isPresent() && (value.getAsLong() < least || value.getAsLong() > most)) {
            throw new InvalidFile(
                    file.path() + ": " + key + " is " + value.getAsLong() + ", not from " + least + " to " + most);
        }
    }
}
