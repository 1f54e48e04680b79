package io.vlm4j.schema.internal;

import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// JSON (RFC 8259) as text: whole and bounded in depth and length.
public final class StrictJson {
    /// Nesting of answers. A grammar does not bound it; a model that never closes its brackets is no reason to
    /// overflow a stack.
    static final int MAX_ANSWER_DEPTH = 200;

    static final int MAX_ANSWER_LENGTH = 64 << 20;

    private static final JsonMapper ANSWERS = mapper(MAX_ANSWER_DEPTH, MAX_ANSWER_LENGTH, false);
    private static final JsonMapper SCHEMAS = mapper(SchemaLimits.MAX_DEPTH * 2, SchemaLimits.MAX_LENGTH, true);

    private static final Pattern ABOUT_ITSELF =
            Pattern.compile("\\s*\\(?(?:start marker )?at \\[Source:[^\\]]*]\\)?|\\s*\\[Source:[^\\]]*]");

    private StrictJson() {}

    private static JsonMapper mapper(int depth, int length, boolean uniqueNames) {
        return JsonMapper.builder(JsonFactory.builder()
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxNestingDepth(depth)
                                .maxDocumentLength(length)
                                .maxStringLength(length)
                                .build())
                        .configure(StreamReadFeature.STRICT_DUPLICATE_DETECTION, uniqueNames)
                        .build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .build();
    }

    /// An answer or the arguments of a call. Of a name that comes twice the last counts.
    ///
    /// @throws tools.jackson.core.JacksonException when it is no JSON
    public static JsonNode answer(String text) {
        return ANSWERS.readTree(text);
    }

    /// @throws tools.jackson.core.JacksonException when it is no JSON, or a name comes twice in one object
    static JsonNode schema(String text) {
        return SCHEMAS.readTree(text);
    }

    /// What is wrong with a text that is no JSON, and where, without Jackson's words about itself.
    public static String reason(JacksonException failure) {
        String message = String.valueOf(failure.getOriginalMessage());
        if (message.startsWith("Trailing token")) {
            message = "something follows the first value";
        }
        String clean = ABOUT_ITSELF.matcher(message).replaceAll("").strip();
        TokenStreamLocation where = failure.getLocation();
        return where == null || where.getLineNr() < 1
                ? clean
                : clean + " (line " + where.getLineNr() + ", column " + where.getColumnNr() + ")";
    }

    static String write(JsonNode node) {
        return ANSWERS.writeValueAsString(node);
    }
}
