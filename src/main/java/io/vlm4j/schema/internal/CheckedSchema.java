package io.vlm4j.schema.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.schema.Violation;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// A schema that was read and found usable.
public final class CheckedSchema {
    private final String text;
    private final SchemaDocument document;
    private final String grammarText;

    private CheckedSchema(String text, SchemaDocument document) {
        this.text = text;
        this.document = document;
        this.grammarText = StrictJson.write(GrammarWriter.write(document));
    }

    /// @throws Vlm4jException.InvalidGrammar when it is not usable
    public static CheckedSchema of(String text) {
        if (text.length() > SchemaLimits.MAX_LENGTH) {
            throw new Vlm4jException.InvalidGrammar("the JSON schema has " + text.length() + " characters; at most "
                    + SchemaLimits.MAX_LENGTH + " are allowed");
        }
        JsonNode root;
        try {
            root = StrictJson.schema(text);
        } catch (JacksonException e) {
            throw new Vlm4jException.InvalidGrammar("the JSON schema is no JSON: " + StrictJson.reason(e));
        }
        if (root.isMissingNode()) {
            throw new Vlm4jException.InvalidGrammar("the JSON schema is no JSON: it is empty");
        }
        if (root.isBoolean()) {
            throw new Vlm4jException.InvalidGrammar(
                    "the JSON schema '" + root + "' says nothing about the answer; use {} for any JSON");
        }
        String compact = StrictJson.write(root);
        if (compact.codePoints()
                .anyMatch(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)) {
            throw new Vlm4jException.InvalidGrammar("the JSON schema has half a character (an unpaired surrogate)");
        }
        return new CheckedSchema(compact, SchemaReader.read(root));
    }

    /// Without white space.
    public String text() {
        return text;
    }

    /// For llama.cpp's compiler.
    public String grammarText() {
        return grammarText;
    }

    public List<String> unenforced() {
        return document.unenforced();
    }

    public List<Violation> violations(String json) {
        try {
            JsonNode node = StrictJson.answer(json);
            return node.isMissingNode() ? List.of(new Violation("", "is empty")) : violations(node);
        } catch (JacksonException e) {
            return List.of(new Violation("", "is no JSON: " + StrictJson.reason(e)));
        }
    }

    public List<Violation> violations(JsonNode node) {
        return new Validator(document).violations(node);
    }
}
