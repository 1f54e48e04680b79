package io.vlm4j.prompt.internal;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// JSON (RFC 8259) as text: strict, whole, and bounded in depth and length before native code sees it.
public final class JsonText {
    private static final int MAX_DEPTH = 200;

    /// Refuses what follows the first value, so that `{} {}` is no JSON.
    public static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonText() {}

    public static boolean isValid(String text) {
        try {
            return !MAPPER.readTree(text).isMissingNode();
        } catch (JacksonException e) {
            return false;
        }
    }

    public static boolean isObject(String text) {
        try {
            JsonNode node = MAPPER.readTree(text);
            return node.isObject();
        } catch (JacksonException e) {
            return false;
        }
    }
}
