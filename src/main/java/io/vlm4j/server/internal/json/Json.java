package io.vlm4j.server.internal.json;

import io.vlm4j.schema.internal.StrictJson;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// JSON as bytes and as trees.
public final class Json {
    /// Nesting of requests: schemas of tools are the deepest part of them.
    private static final int DEEPEST = 200;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxStringLength(Integer.MAX_VALUE) // pictures; bodies are bounded
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    /// @throws Fault when it is no JSON
    public static JsonNode read(byte[] text) {
        try {
            JsonNode node = MAPPER.readTree(text);
            if (node.isMissingNode()) {
                throw Fault.of(400, "the request has no body; JSON is expected");
            }
            return node;
        } catch (JacksonException e) {
            throw Fault.of(400, "invalid_json", "the request's body is no JSON: " + StrictJson.reason(e), e);
        }
    }

    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    public static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    public static byte[] bytes(JsonNode node) {
        return MAPPER.writeValueAsBytes(node);
    }

    /// A text as a JSON string, quotation marks included.
    public static byte[] bytes(String text) {
        byte[] plain = new byte[text.length() + 2];
        plain[0] = '"';
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~' || c == '"' || c == '\\') {
                return MAPPER.writeValueAsBytes(text);
            }
            plain[i + 1] = (byte) c;
        }
        plain[plain.length - 1] = '"';
        return plain;
    }

    public static String text(JsonNode node) {
        return MAPPER.writeValueAsString(node);
    }

    /// What a value is, with an article.
    public static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "an array";
            case OBJECT, POJO -> "an object";
            case MISSING -> "missing";
            case NULL -> "null";
            default -> "a " + node.getNodeType().toString().toLowerCase(Locale.ROOT);
        };
    }
}
