package io.vlm4j.schema.internal;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads the keywords of a schema that are about values of one type.
final class TypedReader {
    private static final int MAX_DIGITS = 400; // of a bound: more than any double has

    private final SchemaReader reader;
    private final JsonNode schema;
    private final String pointer;
    private final int depth;

    TypedReader(SchemaReader reader, JsonNode schema, String pointer, int depth) {
        this.reader = reader;
        this.schema = schema;
        this.pointer = pointer;
        this.depth = depth;
    }

    SchemaNode ofType(String type) {
        return switch (type) {
            case "null" -> new SchemaNode.Null();
            case "boolean" -> new SchemaNode.Bool();
            case "integer" -> numeric(true);
            case "number" -> numeric(false);
            case "string" -> text();
            case "array" -> array();
            case "object" -> members();
            default -> throw new AssertionError(type);
        };
    }

    private RuntimeException refused(String keyword, String reason) {
        return SchemaReader.refused(keyword.isEmpty() ? pointer : pointer + "/" + keyword, reason);
    }

    private SchemaNode numeric(boolean integral) {
        BigDecimal minimum = number("minimum");
        BigDecimal above = number("exclusiveMinimum");
        boolean strictMinimum = above != null && (minimum == null || above.compareTo(minimum) >= 0);
        BigDecimal lower = strictMinimum ? above : minimum;
        BigDecimal maximum = number("maximum");
        BigDecimal below = number("exclusiveMaximum");
        boolean strictMaximum = below != null && (maximum == null || below.compareTo(maximum) <= 0);
        BigDecimal upper = strictMaximum ? below : maximum;
        BigDecimal step = number("multipleOf");
        if (step != null && step.signum() <= 0) {
            throw refused("multipleOf", "must be above zero, not " + step);
        }
        SchemaNode.Numeric numeric = new SchemaNode.Numeric(integral, lower, strictMinimum, upper, strictMaximum, step);
        if (lower != null && upper != null) {
            int order = lower.compareTo(upper);
            if (order > 0 || (order == 0 && (strictMinimum || strictMaximum))) {
                throw refused("", "allows no number: from " + lower + " to " + upper);
            }
        }
        if (step != null) {
            reader.unenforced(pointer + "/multipleOf");
        }
        if (!integral && lower != null) {
            reader.unenforced(pointer + (strictMinimum ? "/exclusiveMinimum" : "/minimum"));
        }
        if (!integral && upper != null) {
            reader.unenforced(pointer + (strictMaximum ? "/exclusiveMaximum" : "/maximum"));
        }
        if (integral && lowest(numeric) > highest(numeric)) {
            throw refused("", "allows no integer that can be written: from " + lower + " to " + upper);
        }
        return numeric;
    }

    /// The smallest integer that is allowed and generated.
    static long lowest(SchemaNode.Numeric numeric) {
        BigDecimal minimum = numeric.minimum();
        if (minimum == null) {
            return -SchemaLimits.MAX_INTEGER;
        }
        BigDecimal whole = minimum.setScale(0, RoundingMode.CEILING);
        if (numeric.strictMinimum() && whole.compareTo(minimum) == 0) {
            whole = whole.add(BigDecimal.ONE);
        }
        return whole.max(BigDecimal.valueOf(-SchemaLimits.MAX_INTEGER))
                .min(BigDecimal.valueOf(SchemaLimits.MAX_INTEGER + 1))
                .longValueExact();
    }

    static long highest(SchemaNode.Numeric numeric) {
        BigDecimal maximum = numeric.maximum();
        if (maximum == null) {
            return SchemaLimits.MAX_INTEGER;
        }
        BigDecimal whole = maximum.setScale(0, RoundingMode.FLOOR);
        if (numeric.strictMaximum() && whole.compareTo(maximum) == 0) {
            whole = whole.subtract(BigDecimal.ONE);
        }
        return whole.min(BigDecimal.valueOf(SchemaLimits.MAX_INTEGER))
                .max(BigDecimal.valueOf(-SchemaLimits.MAX_INTEGER - 1))
                .longValueExact();
    }

    private @Nullable BigDecimal number(String keyword) {
        JsonNode value = schema.path(keyword);
        if (value.isMissingNode()) {
            return null;
        }
        if (!value.isNumber()) {
            throw refused(keyword, "must be a number, not " + value);
        }
        BigDecimal number = value.decimalValue();
        if (Math.abs((long) number.precision() - number.scale()) + number.precision() > MAX_DIGITS) {
            throw refused(keyword, "has too many digits: " + value);
        }
        return number;
    }

    private int count(String keyword, int otherwise) {
        BigDecimal number = number(keyword);
        if (number == null) {
            return otherwise;
        }
        if (number.signum() < 0 || number.stripTrailingZeros().scale() > 0) {
            throw refused(keyword, "must be a whole number from zero on, not " + number);
        }
        return number.min(BigDecimal.valueOf(Integer.MAX_VALUE)).intValue();
    }

    private boolean flag(String keyword) {
        JsonNode value = schema.path(keyword);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw refused(keyword, "must be true or false, not " + value);
        }
        return value.asBoolean(false);
    }

    private void ordered(String minimum, int min, String maximum, int max) {
        if (max != SchemaNode.UNBOUNDED && min > max) {
            throw refused(minimum, "is " + min + ", more than '" + maximum + "', which is " + max);
        }
        if (min > SchemaLimits.MAX_REPETITION) {
            throw refused(minimum, "is " + min + "; at most " + SchemaLimits.MAX_REPETITION + " can be asked for");
        }
    }

    private SchemaNode text() {
        int min = count("minLength", 0);
        int max = count("maxLength", SchemaNode.UNBOUNDED);
        ordered("minLength", min, "maxLength", max);
        JsonNode given = schema.path("pattern");
        if (!given.isMissingNode() && !given.isString()) {
            throw refused("pattern", "must be a text, not " + given);
        }
        Regex pattern = null;
        if (given.isString()) {
            try {
                pattern = RegexParser.parse(given.stringValue());
                GrammarPattern.of(pattern);
            } catch (IllegalArgumentException e) {
                throw refused("pattern", String.valueOf(e.getMessage()));
            }
        }
        JsonNode format = schema.path("format");
        if (!format.isMissingNode() && !format.isString()) {
            throw refused("format", "must be a text, not " + format);
        }
        StringFormat known = StringFormat.of(format.asString("")).orElse(null);
        Regex enforced = pattern != null ? pattern : known != null ? known.generated() : null;
        if (pattern != null && known != null) {
            reader.unenforced(pointer + "/format");
        }
        if (enforced != null) {
            reader.pattern(enforced, pointer);
        }
        repetitions("minLength", min, "maxLength", max, enforced == null);
        return new SchemaNode.Text(min, max, pattern, given.asString(""), known);
    }

    /// @param enforceable whether the grammar counts at all
    private void repetitions(String minimum, int min, String maximum, int max, boolean enforceable) {
        if (!enforceable && min > 0) {
            reader.unenforced(pointer + "/" + minimum);
        }
        if (max > SchemaLimits.MAX_REPETITION || (!enforceable && max != SchemaNode.UNBOUNDED)) {
            reader.unenforced(pointer + "/" + maximum);
        }
        reader.steps(max > SchemaLimits.MAX_REPETITION ? min : Math.max(min, max), pointer);
    }

    private SchemaNode array() {
        int min = count("minItems", 0);
        int max = count("maxItems", SchemaNode.UNBOUNDED);
        ordered("minItems", min, "maxItems", max);
        boolean unique = flag("uniqueItems");
        JsonNode tuple = schema.path("prefixItems");
        JsonNode items = schema.path("items");
        if (!tuple.isMissingNode() && !tuple.isArray()) {
            throw refused("prefixItems", "must be an array of schemas");
        }
        if (tuple.isArray() || items.isArray()) {
            if (tuple.isArray() && !items.isMissingNode() && !items.isBoolean()) {
                throw refused("items", "beside 'prefixItems' must be false: tuples have a fixed length here");
            }
            return tuple(tuple.isArray() ? tuple : items, tuple.isArray() ? "prefixItems" : "items", min, max, unique);
        }
        if (max == 0) {
            return new SchemaNode.Tuple(List.of(), false);
        }
        SchemaNode element = items.isMissingNode()
                ? new SchemaNode.Anything()
                : reader.something(items, pointer + "/items", depth + 1);
        if (unique
                && element instanceof SchemaNode.Values values
                && Set.copyOf(values.values()).size() < min) {
            throw refused("minItems", "is " + min + ", and there are not so many different values");
        }
        repetitions("minItems", min, "maxItems", max, true);
        if (unique) {
            reader.unenforced(pointer + "/uniqueItems");
        }
        return new SchemaNode.Items(element, min, max, unique);
    }

    private SchemaNode tuple(JsonNode schemas, String keyword, int min, int max, boolean unique) {
        SchemaReader.bounded(schemas.size(), SchemaLimits.MAX_PROPERTIES, "elements", pointer + "/" + keyword);
        if (min > schemas.size() || (max != SchemaNode.UNBOUNDED && max < schemas.size())) {
            throw refused(keyword, "has " + schemas.size() + " elements, which 'minItems' or 'maxItems' forbids");
        }
        List<SchemaNode> elements = new ArrayList<>();
        for (int i = 0; i < schemas.size(); i++) {
            elements.add(reader.something(schemas.get(i), pointer + "/" + keyword + "/" + i, depth + 1));
        }
        if (unique && elements.size() > 1) {
            reader.unenforced(pointer + "/uniqueItems");
        }
        return new SchemaNode.Tuple(elements, unique);
    }

    private SchemaNode members() {
        JsonNode given = schema.path("properties");
        if (!given.isMissingNode() && !given.isObject()) {
            throw refused("properties", "must be an object of schemas");
        }
        JsonNode others = schema.path("additionalProperties");
        SchemaNode additional = others.isMissingNode()
                ? new SchemaNode.Anything()
                : reader.node(others, pointer + "/additionalProperties", depth + 1);
        Map<String, SchemaNode> properties = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : given.properties()) {
            String at = Pointers.child(pointer + "/properties", entry.getKey());
            if (entry.getKey().isEmpty() || entry.getKey().length() > SchemaLimits.MAX_NAME) {
                throw refused(
                        "properties",
                        "has a property with a name that is empty or longer than " + SchemaLimits.MAX_NAME);
            }
            properties.put(entry.getKey(), reader.node(entry.getValue(), at, depth + 1));
        }
        Set<String> required = required(properties, additional);
        for (String name : required) {
            if (properties.get(name) instanceof SchemaNode.Nothing) {
                throw refused("required", "asks for '" + name + "', whose schema is false");
            }
        }
        SchemaReader.bounded(properties.size(), SchemaLimits.MAX_PROPERTIES, "properties", pointer + "/properties");
        SchemaReader.bounded(
                properties.size() - required.size(),
                SchemaLimits.MAX_OPTIONAL,
                "properties that may be missing",
                pointer + "/properties");
        int min = count("minProperties", 0);
        int max = count("maxProperties", SchemaNode.UNBOUNDED);
        if (max != SchemaNode.UNBOUNDED && Math.max(min, required.size()) > max) {
            throw refused("maxProperties", "is " + max + ", less than what 'minProperties' or 'required' ask for");
        }
        boolean closed = additional instanceof SchemaNode.Nothing || !properties.isEmpty();
        if (closed && min > properties.size()) {
            throw refused("minProperties", "is " + min + ", and only " + properties.size() + " have a name");
        }
        if (min > required.size()) {
            reader.unenforced(pointer + "/minProperties");
        }
        if (max != SchemaNode.UNBOUNDED && (max < properties.size() || !closed)) {
            reader.unenforced(pointer + "/maxProperties");
        }
        return new SchemaNode.Members(
                Collections.unmodifiableMap(properties), Set.copyOf(required), additional, min, max);
    }

    /// Also gives a schema to what is required without one.
    private Set<String> required(Map<String, SchemaNode> properties, SchemaNode additional) {
        JsonNode names = schema.path("required");
        if (!names.isMissingNode() && !names.isArray()) {
            throw refused("required", "must be an array of names, not " + names);
        }
        Set<String> required = new LinkedHashSet<>();
        for (JsonNode each : names) {
            String name = each.asString("");
            if (!each.isString() || name.isEmpty() || name.length() > SchemaLimits.MAX_NAME) {
                throw refused("required", "must be an array of names, not " + names);
            }
            if (!properties.containsKey(name) && additional instanceof SchemaNode.Nothing) {
                throw refused("required", "asks for '" + name + "', which 'additionalProperties' forbids");
            }
            properties.putIfAbsent(name, additional);
            required.add(name);
        }
        return required;
    }
}
