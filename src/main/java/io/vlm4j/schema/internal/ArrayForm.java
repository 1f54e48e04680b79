package io.vlm4j.schema.internal;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A list, set or array of one type. Elements are never null.
///
/// @param bounds  `minItems` and `maxItems`, when there are any
/// @param gather  makes the value of its elements
/// @param scatter takes it apart
record ArrayForm(
        TypeForm element,
        ObjectNode bounds,
        Function<List<Object>, Object> gather,
        Function<Object, Collection<?>> scatter)
        implements TypeForm {
    static ArrayForm list(TypeForm element, ObjectNode bounds) {
        return new ArrayForm(element, bounds, List::copyOf, value -> (Collection<?>) value);
    }

    /// A set keeps the order of its elements; of two that are equal one is left.
    static ArrayForm set(TypeForm element, ObjectNode bounds) {
        return new ArrayForm(
                element, bounds, elements -> Collections.unmodifiableSet(new LinkedHashSet<>(elements)), value ->
                        (Collection<?>) value);
    }

    static ArrayForm array(TypeForm element, Class<?> elementType, ObjectNode bounds) {
        return new ArrayForm(
                element,
                bounds,
                elements -> {
                    Object array = Array.newInstance(elementType, elements.size());
                    for (int i = 0; i < elements.size(); i++) {
                        Array.set(array, i, elements.get(i));
                    }
                    return array;
                },
                array -> array instanceof Object[] objects
                        ? Arrays.asList(objects)
                        : IntStream.range(0, Array.getLength(array))
                                .mapToObj(i -> Array.get(array, i))
                                .toList());
    }

    @Override
    public ObjectNode schema(Definitions definitions) {
        ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "array");
        schema.set("items", element.schema(definitions));
        schema.setAll(bounds);
        return schema;
    }

    @Override
    public Object read(JsonNode node, String pointer) {
        List<Object> elements = new ArrayList<>(node.size());
        for (int i = 0; i < node.size(); i++) {
            elements.add(element.read(node.get(i), pointer + "/" + i));
        }
        return gather.apply(elements);
    }

    @Override
    public JsonNode write(Object value) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        scatter.apply(value).forEach(each -> array.add(element.write(each)));
        return array;
    }
}
