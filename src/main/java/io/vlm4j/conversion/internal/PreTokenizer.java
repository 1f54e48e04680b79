package io.vlm4j.conversion.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// How a byte-level tokenizer splits texts before it merges, under llama.cpp's names.
///
/// llama.cpp's converter recognizes a tokenizer by what it makes of one text; here it is recognized by the expression
/// that it splits with.
final class PreTokenizer {
    private static final String LETTERS_TO_END =
            "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|%s| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

    private static final Map<String, String> NAMES = Map.of(
            CONTRACTIONS + LETTERS_TO_END.formatted("\\p{N}{1,3}"), "llama-bpe",
            CONTRACTIONS + LETTERS_TO_END.formatted("\\p{N}"), "qwen2");

    private PreTokenizer() {}

    static String of(Config json) {
        JsonNode splitting = json.object("pre_tokenizer").node();
        JsonNode expression = splitting.findValue("Regex");
        if (expression == null || !expression.isString()) {
            if (splitting.path("type").asString("").equals("ByteLevel")
                    && splitting.path("use_regex").asBoolean(true)) {
                return "gpt-2";
            }
            throw new InvalidFile(json.where() + ": 'pre_tokenizer' is none that is known: " + splitting);
        }
        String name = NAMES.get(expression.stringValue());
        if (name == null) {
            throw new InvalidFile(json.where() + ": 'pre_tokenizer' splits with an expression that is not known: "
                    + expression.stringValue());
        }
        return name;
    }
}
