package io.vlm4j.schema.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.schema.Description;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A sealed interface: one of its records, told apart by a first property with the record's simple name.
final class SealedForm implements TypeForm {
    private static final List<String> TAG_NAMES = List.of("type", "kind", "variant");

    private final Map<Class<?>, ObjectForm> records;
    private final Map<String, Class<?>> bySimpleName = new LinkedHashMap<>();
    private final @Nullable Description description;
    private final String tagName;

    /// @throws IllegalArgumentException when records cannot be told apart
    SealedForm(Class<?> type, Map<Class<?>, ObjectForm> records) {
        this.records = new LinkedHashMap<>(records);
        this.description = type.getAnnotation(Description.class);
        for (Class<?> record : records.keySet()) {
            Class<?> twin = bySimpleName.put(record.getSimpleName(), record);
            if (twin != null) {
                throw new IllegalArgumentException(type.getName() + " permits two records named '"
                        + record.getSimpleName() + "': " + twin.getName() + " and " + record.getName());
            }
        }
        this.tagName = TAG_NAMES.stream()
                .filter(name -> records.values().stream().noneMatch(form -> form.has(name)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the records of " + type.getName()
                        + " use all of the names that could tell them apart: " + TAG_NAMES));
    }

    @Override
    public ObjectNode schema(Definitions definitions) {
        ObjectNode schema = JsonNodeFactory.instance.objectNode();
        if (description != null) {
            schema.put("description", description.value());
        }
        ArrayNode alternatives = schema.putArray("anyOf");
        records.forEach((type, form) ->
                alternatives.add(form.schema(definitions, new ObjectForm.Tag(tagName, type.getSimpleName()))));
        return schema;
    }

    @Override
    public Object read(JsonNode node, String pointer) {
        String tag = node.path(tagName).asString("");
        Class<?> type = bySimpleName.get(tag);
        ObjectForm form = type == null ? null : records.get(type);
        if (form == null) {
            throw new Vlm4jException.InvalidAnswer(
                    pointer + "/" + tagName + " must be one of " + bySimpleName.keySet() + ", not '" + tag + "'");
        }
        return form.read(node, pointer);
    }

    @Override
    public JsonNode write(Object value) {
        ObjectForm form = records.get(value.getClass());
        if (form == null) {
            throw new IllegalArgumentException("no permitted record: " + value.getClass());
        }
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        return form.write(value, object.put(tagName, value.getClass().getSimpleName()));
    }
}
