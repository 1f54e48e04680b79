package io.vlm4j.conversion.internal;

import io.vlm4j.gguf.GgufValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import tools.jackson.databind.JsonNode;

/// Which tokens begin and end texts, and whether the tokenizer adds them.
///
/// @param model      config.json
/// @param generation generation_config.json
/// @param settings   tokenizer_config.json
/// @param fast       tokenizer.json
record SpecialTokens(Config model, Config generation, Config settings, Optional<Config> fast) {
    private static final Map<String, String> NAMES = names();

    /// transformers' names, and llama.cpp's keys.
    private static SequencedMap<String, String> names() {
        SequencedMap<String, String> names = new LinkedHashMap<>();
        names.put("bos", "bos");
        names.put("eos", "eos");
        names.put("unk", "unknown");
        names.put("pad", "padding");
        return names;
    }

    void describe(Vocabulary vocabulary) {
        Map<String, Integer> ids = new LinkedHashMap<>();
        NAMES.forEach((name, key) -> id(name, vocabulary).ifPresent(id -> {
            ids.put(name, id);
            vocabulary.put("ggml." + key + "_token_id", GgufValue.u32(id));
        }));
        adds("bos", ids, true).ifPresent(add -> vocabulary.put("ggml.add_bos_token", GgufValue.of(add)));
        adds("eos", ids, false).ifPresent(add -> vocabulary.put("ggml.add_eos_token", GgufValue.of(add)));
    }

    private OptionalInt id(String name, Vocabulary vocabulary) {
        JsonNode token = settings.node().path(name + "_token");
        String text = token.isObject() ? token.path("content").asString("") : token.asString("");
        if (!text.isEmpty() && vocabulary.has(text)) {
            return OptionalInt.of(vocabulary.id(text));
        }
        for (Config config : new Config[] {model, model.object("text_config"), generation}) {
            JsonNode id = config.node().path(name + "_token_id");
            id = id.isArray() ? id.path(0) : id; // of several ends, the first
            if (id.isInt() && id.intValue() >= 0 && id.intValue() < vocabulary.size()) {
                return OptionalInt.of(id.intValue());
            }
        }
        return OptionalInt.empty();
    }

    /// As tokenizer_config.json says, or else as the template in tokenizer.json does.
    private Optional<Boolean> adds(String name, Map<String, Integer> ids, boolean first) {
        String key = "add_" + name + "_token";
        if (settings.has(key)) {
            return Optional.of(settings.truth(key, false));
        }
        Integer id = ids.get(name);
        JsonNode template = fast.map(json -> json.node().path("post_processor"))
                .map(SpecialTokens::template)
                .orElse(null);
        if (id == null || template == null || template.isEmpty()) {
            return Optional.empty();
        }
        JsonNode token = template.get(first ? 0 : template.size() - 1)
                .path("SpecialToken")
                .path("id");
        return Optional.of(idOf(token.asString("")) == id);
    }

    /// The id that the template gives a token; -1 if it has none of this name.
    private int idOf(String token) {
        JsonNode entry = fast.map(json -> json.node().path("post_processor").findValue(token))
                .orElse(null);
        return entry == null ? -1 : entry.path("ids").path(0).asInt(-1);
    }

    private static JsonNode template(JsonNode processor) {
        JsonNode found = processor.path("single");
        if (found.isMissingNode()) {
            for (JsonNode part : processor.path("processors")) {
                if (part.path("single").isArray()) {
                    return part.path("single");
                }
            }
        }
        return found;
    }
}
