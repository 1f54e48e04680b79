package io.vlm4j.schema.internal;

import io.vlm4j.schema.Violation;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// Compares a value with a schema. For one value; not for several threads.
final class Validator {
    private static final int MAX_VIOLATIONS = 100;
    private static final int MAX_SHOWN = 60; // characters of a value in a message
    private static final int MAX_LISTED = 20; // alternatives in a message

    private final SchemaDocument document;
    private final Map<Visit, List<Violation>> visits = new HashMap<>();

    /// A definition at a place; it is compared once, through however many alternatives it is reached.
    private record Visit(String definition, String pointer) {}

    Validator(SchemaDocument document) {
        this.document = document;
    }

    List<Violation> violations(JsonNode value) {
        visits.clear();
        List<Violation> found = new ArrayList<>();
        check(document.root(), value, "", found);
        return List.copyOf(found);
    }

    private void check(SchemaNode node, JsonNode value, String pointer, List<Violation> found) {
        if (found.size() >= MAX_VIOLATIONS) {
            return;
        }
        switch (node) {
            case SchemaNode.Anything anything -> {}
            case SchemaNode.Nothing nothing -> found.add(new Violation(pointer, "is not allowed"));
            case SchemaNode.Null none -> require(value.isNull(), "null", value, pointer, found);
            case SchemaNode.Bool bool -> require(value.isBoolean(), "true or false", value, pointer, found);
            case SchemaNode.Reference reference -> found.addAll(visit(reference, value, pointer));
            case SchemaNode.Either either -> either(either, value, pointer, found);
            case SchemaNode.Values values -> values(values, value, pointer, found);
            case SchemaNode.Numeric numeric -> numeric(numeric, value, pointer, found);
            case SchemaNode.Text text -> text(text, value, pointer, found);
            case SchemaNode.Items items -> items(items, value, pointer, found);
            case SchemaNode.Tuple tuple -> tuple(tuple, value, pointer, found);
            case SchemaNode.Members members -> members(members, value, pointer, found);
        }
    }

    private List<Violation> visit(SchemaNode.Reference reference, JsonNode value, String pointer) {
        Visit visit = new Visit(reference.definition(), pointer);
        List<Violation> known = visits.get(visit);
        if (known == null) {
            known = new ArrayList<>();
            check(document.definition(reference), value, pointer, known);
            visits.put(visit, known);
        }
        return known;
    }

    private static boolean require(
            boolean holds, String expected, JsonNode value, String pointer, List<Violation> found) {
        if (!holds) {
            found.add(new Violation(pointer, "must be " + expected + ", not " + shown(value)));
        }
        return holds;
    }

    private static String shown(JsonNode value) {
        if (value.isContainer()) {
            return value.isArray() ? "an array" : "an object";
        }
        String text = value.toString();
        return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "...";
    }

    /// Of several alternatives, tells what is wrong with the one that was meant, as far as that can be seen.
    private void either(SchemaNode.Either either, JsonNode value, String pointer, List<Violation> found) {
        List<Violation> nearest = List.of();
        int least = Integer.MAX_VALUE;
        int matching = 0;
        for (SchemaNode alternative : either.alternatives()) {
            List<Violation> wrong = new ArrayList<>();
            check(alternative, value, pointer, wrong);
            int distance = wrong.size() + (isOfAnotherKind(alternative, value) ? MAX_VIOLATIONS : 0);
            if (wrong.isEmpty()) {
                matching++;
                if (!either.exactlyOne()) {
                    return;
                }
            } else if (distance < least) {
                least = distance;
                nearest = wrong;
            }
        }
        if (matching == 0) {
            if (least > MAX_VIOLATIONS) {
                found.add(new Violation(
                        pointer,
                        "matches none of " + either.alternatives().size() + " alternatives; of one, "
                                + nearest.getFirst()));
            } else {
                found.addAll(nearest);
            }
        } else if (matching > 1) {
            found.add(new Violation(pointer, "matches " + matching + " alternatives, of which only one may hold"));
        }
    }

    /// Whether a value is of another type than an alternative, or bears the tag of another.
    private boolean isOfAnotherKind(SchemaNode node, JsonNode value) {
        return switch (node) {
            case SchemaNode.Reference reference -> isOfAnotherKind(document.definition(reference), value);
            case SchemaNode.Members members ->
                !value.isObject()
                        || members.properties().entrySet().stream()
                                .anyMatch(entry -> entry.getValue() instanceof SchemaNode.Values values
                                        && values.values().size() == 1
                                        && !values.values().getFirst().equals(value.path(entry.getKey())));
            case SchemaNode.Items items -> !value.isArray();
            case SchemaNode.Tuple tuple -> !value.isArray();
            case SchemaNode.Text text -> !value.isString();
            case SchemaNode.Numeric numeric -> !value.isNumber();
            case SchemaNode.Either either -> false; // not looked into: alternatives of alternatives grow without bound
            case SchemaNode.Values values -> true;
            case SchemaNode.Null none -> true;
            case SchemaNode.Bool bool -> true;
            case SchemaNode.Anything anything -> false;
            case SchemaNode.Nothing nothing -> true;
        };
    }

    private static void values(SchemaNode.Values values, JsonNode value, String pointer, List<Violation> found) {
        JsonNode normal = Numbers.normal(value);
        if (values.values().stream().noneMatch(each -> Numbers.normal(each).equals(normal))) {
            String allowed = values.values().stream()
                    .limit(MAX_LISTED)
                    .map(JsonNode::toString)
                    .collect(Collectors.joining(", "));
            String more = values.values().size() > MAX_LISTED ? ", ..." : "";
            String expected = values.values().size() == 1 ? allowed : "one of " + allowed + more;
            require(false, expected, value, pointer, found);
        }
    }

    private static void numeric(SchemaNode.Numeric numeric, JsonNode value, String pointer, List<Violation> found) {
        boolean fits = value.isNumber() && (!numeric.integral() || Numbers.isWhole(value));
        if (!require(fits, numeric.integral() ? "an integer" : "a number", value, pointer, found)) {
            return;
        }
        BigDecimal number = value.decimalValue();
        BigDecimal minimum = numeric.minimum();
        if (minimum != null) {
            int order = number.compareTo(minimum);
            boolean strict = numeric.strictMinimum();
            require(
                    strict ? order > 0 : order >= 0,
                    (strict ? "more than " : "at least ") + minimum.toPlainString(),
                    value,
                    pointer,
                    found);
        }
        BigDecimal maximum = numeric.maximum();
        if (maximum != null) {
            int order = number.compareTo(maximum);
            boolean strict = numeric.strictMaximum();
            require(
                    strict ? order < 0 : order <= 0,
                    (strict ? "less than " : "at most ") + maximum.toPlainString(),
                    value,
                    pointer,
                    found);
        }
        BigDecimal step = numeric.multipleOf();
        if (step != null) {
            require(isMultiple(number, step), "a multiple of " + step.toPlainString(), value, pointer, found);
        }
    }

    /// A number of more than a thousand digits is taken for none rather than spelled out.
    private static boolean isMultiple(BigDecimal number, BigDecimal step) {
        long digits = Math.abs((long) number.precision() - number.scale()) + Math.abs((long) number.scale());
        return digits <= 1000 && number.remainder(step).signum() == 0;
    }

    private static void text(SchemaNode.Text text, JsonNode value, String pointer, List<Violation> found) {
        if (!require(value.isString(), "a string", value, pointer, found)) {
            return;
        }
        String string = value.stringValue();
        int length = string.codePointCount(0, string.length());
        if (length < text.min()) {
            found.add(new Violation(pointer, "must have at least " + text.min() + " characters, not " + length));
        }
        if (text.max() != SchemaNode.UNBOUNDED && length > text.max()) {
            found.add(new Violation(pointer, "must have at most " + text.max() + " characters, not " + length));
        }
        if (text.pattern() != null && !text.pattern().matches(string)) {
            require(false, "a text that matches " + text.patternText(), value, pointer, found);
        }
        if (text.format() != null && !text.format().accepts(string)) {
            require(false, "of the format " + text.format().keyword(), value, pointer, found);
        }
    }

    private void items(SchemaNode.Items items, JsonNode value, String pointer, List<Violation> found) {
        if (!require(value.isArray(), "an array", value, pointer, found)) {
            return;
        }
        if (value.size() < items.min()) {
            found.add(new Violation(pointer, "must have at least " + items.min() + " elements, not " + value.size()));
        }
        if (items.max() != SchemaNode.UNBOUNDED && value.size() > items.max()) {
            found.add(new Violation(pointer, "must have at most " + items.max() + " elements, not " + value.size()));
        }
        unique(items.unique(), value, pointer, found);
        for (int i = 0; i < value.size(); i++) {
            check(items.element(), value.get(i), pointer + "/" + i, found);
        }
    }

    private static void unique(boolean asked, JsonNode array, String pointer, List<Violation> found) {
        Set<JsonNode> seen = new HashSet<>();
        for (int i = 0; asked && i < array.size(); i++) {
            if (!seen.add(Numbers.normal(array.get(i)))) {
                found.add(new Violation(pointer + "/" + i, "comes twice"));
            }
        }
    }

    private void tuple(SchemaNode.Tuple tuple, JsonNode value, String pointer, List<Violation> found) {
        int size = tuple.elements().size();
        if (!require(value.isArray(), "an array", value, pointer, found)) {
            return;
        }
        if (value.size() != size) {
            found.add(new Violation(pointer, "must have " + size + " elements, not " + value.size()));
        }
        unique(tuple.unique(), value, pointer, found);
        for (int i = 0; i < Math.min(size, value.size()); i++) {
            check(tuple.elements().get(i), value.get(i), pointer + "/" + i, found);
        }
    }

    private void members(SchemaNode.Members members, JsonNode value, String pointer, List<Violation> found) {
        if (!require(value.isObject(), "an object", value, pointer, found)) {
            return;
        }
        for (String name : members.properties().keySet()) {
            if (members.required().contains(name) && !value.has(name)) {
                found.add(new Violation(Pointers.child(pointer, name), "is missing"));
            }
        }
        if (value.size() < members.min()) {
            found.add(new Violation(pointer, "must have at least " + members.min() + " properties"));
        }
        if (members.max() != SchemaNode.UNBOUNDED && value.size() > members.max()) {
            found.add(new Violation(pointer, "must have at most " + members.max() + " properties"));
        }
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
            SchemaNode property = members.properties().getOrDefault(entry.getKey(), members.additional());
            String at = Pointers.child(pointer, entry.getKey());
            if (property instanceof SchemaNode.Nothing && !members.properties().containsKey(entry.getKey())) {
                found.add(new Violation(
                        at, "is unknown; known are " + members.properties().keySet()));
            } else {
                check(property, entry.getValue(), at, found);
            }
        }
    }
}
