package io.vlm4j.schema.internal;

import io.vlm4j.Vlm4jException;
import java.time.DateTimeException;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A type whose values are single JSON values.
record ScalarForm(ObjectNode itself, Function<JsonNode, Object> reader, Function<Object, JsonNode> writer)
        implements TypeForm {
    @Override
    public ObjectNode schema(Definitions definitions) {
        return itself.deepCopy();
    }

    @Override
    public Object read(JsonNode node, String pointer) {
        try {
            return reader.apply(node);
        } catch (ArithmeticException | IllegalArgumentException | DateTimeException e) {
            throw new Vlm4jException.InvalidAnswer(new io.vlm4j.schema.Violation(
                            pointer, "has the value " + node + ", which cannot be read: " + e.getMessage())
                    .toString());
        }
    }

    @Override
    public JsonNode write(Object value) {
        return writer.apply(value);
    }
}
