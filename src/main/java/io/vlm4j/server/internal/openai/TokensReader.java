package io.vlm4j.server.internal.openai;

import io.vlm4j.model.Tokenizer;
import io.vlm4j.server.internal.json.Fault;
import io.vlm4j.server.internal.json.Fields;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Texts that may be given as tokens.
final class TokensReader {
    private static final int MOST_TOKENS = 1 << 20;

    private TokensReader() {}

    /// One or many: a text, an array of token ids, or an array of both.
    ///
    /// @return texts (strings) and tokens (arrays of ids)
    static List<JsonNode> inputs(Fields request, String name, int most) {
        JsonNode value = request.get(name);
        if (value.isString()) {
            return List.of(value);
        }
        if (!value.isArray()) {
            throw request.wrong(name, "a string, an array of strings, or an array of token ids");
        }
        if (value.isEmpty()) {
            throw request.refused(name, "is empty");
        }
        if (value.get(0).isNumber()) {
            return List.of(value);
        }
        if (value.size() > most) {
            throw request.refused(name, "has " + value.size() + " texts; " + most + " are taken");
        }
        List<JsonNode> inputs = new ArrayList<>();
        for (JsonNode one : value) {
            if (!one.isString() && !one.isArray()) {
                throw Fields.wrong(
                        request.at(name) + "[" + inputs.size() + "]", "a string or an array of token ids", one);
            }
            inputs.add(one);
        }
        return inputs;
    }

    /// @param path of the array
    static int[] tokens(JsonNode array, Tokenizer tokenizer, String path) {
        if (array.size() > MOST_TOKENS) {
            throw Fault.of(path, path + " has more than " + MOST_TOKENS + " tokens");
        }
        int[] tokens = new int[array.size()];
        for (int i = 0; i < tokens.length; i++) {
            JsonNode id = array.get(i);
            if (!id.isIntegralNumber()) {
                throw Fields.wrong(path + "[" + i + "]", "a token id", id);
            }
            if (!id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= tokenizer.size()) {
                throw Fault.of(path, path + "[" + i + "] is " + id + "; token ids are 0 to " + (tokenizer.size() - 1));
            }
            tokens[i] = id.intValue();
        }
        return tokens;
    }
}
