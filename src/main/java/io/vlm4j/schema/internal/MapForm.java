package io.vlm4j.schema.internal;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A map from texts to one type: an object with any names.
record MapForm(TypeForm value) implements TypeForm {
    @Override
    public ObjectNode schema(Definitions definitions) {
        ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "object");
        schema.set("additionalProperties", value.schema(definitions));
        return schema;
    }

    @Override
    public Object read(JsonNode node, String pointer) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            map.put(entry.getKey(), value.read(entry.getValue(), Pointers.child(pointer, entry.getKey())));
        }
        return Collections.unmodifiableMap(map);
    }

    @Override
    public JsonNode write(Object map) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        ((Map<?, ?>) map).forEach((name, each) -> object.set((String) name, value.write(each)));
        return object;
    }
}
