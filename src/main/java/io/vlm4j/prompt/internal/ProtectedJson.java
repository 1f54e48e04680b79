package io.vlm4j.prompt.internal;

import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// Protects texts inside JSON, which templates take apart and write anew: what is escaped there may spell a special
/// token afterwards. JSON in which nothing does stays as it is, byte for byte.
final class ProtectedJson {
    private final Placeholders placeholders;

    ProtectedJson(Placeholders placeholders) {
        this.placeholders = placeholders;
    }

    /// Arguments of a call; what is no JSON is a text.
    String arguments(String text) {
        JsonNode parsed;
        try {
            parsed = JsonText.MAPPER.readTree(text);
        } catch (JacksonException e) {
            return placeholders.protect(text);
        }
        JsonNode safe = protect(parsed);
        return safe.equals(parsed) ? text : JsonText.MAPPER.writeValueAsString(safe);
    }

    private JsonNode protect(JsonNode node) {
        return switch (node) {
            case StringNode string -> StringNode.valueOf(placeholders.protect(string.stringValue()));
            case ArrayNode array -> {
                ArrayNode copy = JsonNodeFactory.instance.arrayNode();
                array.forEach(element -> copy.add(protect(element)));
                yield copy;
            }
            case ObjectNode object -> {
                ObjectNode copy = JsonNodeFactory.instance.objectNode();
                for (Map.Entry<String, JsonNode> field : object.properties()) {
                    copy.set(placeholders.protect(field.getKey()), protect(field.getValue()));
                }
                yield copy;
            }
            default -> node;
        };
    }

    /// Protects every description in a schema, in place.
    ///
    /// @return whether something was changed
    boolean descriptions(JsonNode schema) {
        boolean changed = false;
        if (schema instanceof ObjectNode object) {
            JsonNode description = object.get("description");
            if (description != null && description.isString()) {
                String safe = placeholders.protect(description.stringValue());
                changed = !safe.equals(description.stringValue());
                object.put("description", safe);
            }
        }
        for (JsonNode child : schema) {
            changed |= descriptions(child);
        }
        return changed;
    }
}
