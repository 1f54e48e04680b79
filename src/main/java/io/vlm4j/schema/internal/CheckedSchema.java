package io.vlm4j.schema.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.schema.Violation;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// A schema that was read and found usable.
public record CheckedSchema(String text, String grammarText, List<String> unenforced) {
    /// @throws Vlm4jException.InvalidGrammar when it is not usable
    public static CheckedSchema of(String text) {
        try {
            JsonNode root = StrictJson.schema(text);
            if (!root.isObject()) {
                throw new Vlm4jException.InvalidGrammar("the JSON schema is no object");
            }
        } catch (JacksonException e) {
            throw new Vlm4jException.InvalidGrammar("the JSON schema is no JSON: " + e.getOriginalMessage());
        }
        return new CheckedSchema(text, text, List.of());
    }

    public List<Violation> violations(String json) {
        try {
            return violations(StrictJson.answer(json));
        } catch (JacksonException e) {
            return List.of(new Violation("", "is no JSON: " + e.getOriginalMessage()));
        }
    }

    public List<Violation> violations(JsonNode node) {
        return List.of();
    }
}
