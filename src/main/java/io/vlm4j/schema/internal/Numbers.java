package io.vlm4j.schema.internal;

import java.math.BigDecimal;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Numbers in JSON by their value: `1`, `1.0` and `1e0` are one.
final class Numbers {
    private Numbers() {}

    /// A value in which equal numbers are equal nodes.
    static JsonNode normal(JsonNode node) {
        if (node.isNumber()) {
            return JsonNodeFactory.instance.numberNode(node.decimalValue().stripTrailingZeros());
        }
        if (node.isArray()) {
            ArrayNode array = JsonNodeFactory.instance.arrayNode();
            node.forEach(element -> array.add(normal(element)));
            return array;
        }
        if (node.isObject()) {
            ObjectNode object = JsonNodeFactory.instance.objectNode();
            node.forEachEntry((name, value) -> object.set(name, normal(value)));
            return object;
        }
        return node;
    }

    /// Whether all numbers in a value are the same after native code has read and written them.
    static boolean areExact(JsonNode node) {
        if (node.isNumber()) {
            BigDecimal number = node.decimalValue();
            double nearest = number.doubleValue();
            return (node.isIntegralNumber() && node.canConvertToLong())
                    || (!Double.isInfinite(nearest) && new BigDecimal(Double.toString(nearest)).compareTo(number) == 0);
        }
        return node.valueStream().allMatch(Numbers::areExact);
    }

    static boolean isWhole(JsonNode node) {
        return node.isIntegralNumber()
                || node.decimalValue().stripTrailingZeros().scale() <= 0;
    }
}
