package io.vlm4j.schema.internal;

import io.vlm4j.schema.Description;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// An enum: one of the names of its constants.
final class EnumForm implements TypeForm {
    private final Class<?> type;
    private final Map<String, Object> constants = new LinkedHashMap<>();

    EnumForm(Class<?> type) {
        this.type = type;
        for (Object constant : type.getEnumConstants()) {
            constants.put(((Enum<?>) constant).name(), constant);
        }
    }

    @Override
    public ObjectNode schema(Definitions definitions) {
        ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "string");
        Description description = type.getAnnotation(Description.class);
        if (description != null) {
            schema.put("description", description.value());
        }
        ArrayNode names = schema.putArray("enum");
        constants.keySet().forEach(names::add);
        return schema;
    }

    @Override
    public Object read(JsonNode node, String pointer) {
        return Objects.requireNonNull(constants.get(node.stringValue()), "a value outside the schema");
    }

    @Override
    public JsonNode write(Object value) {
        return JsonNodeFactory.instance.stringNode(((Enum<?>) value).name());
    }
}
