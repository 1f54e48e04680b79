package io.vlm4j.schema.internal;

import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Writes a schema for llama.cpp's grammar compiler, so that every text of the grammar follows the schema. Where the
/// compiler is wrong or lax, the schema is made narrower:
///
/// - objects with named properties have no others: with others it lets stray backslashes into their names;
/// - integers have both bounds: with a minimum alone, 15 passes for 105;
/// - patterns spell JSON, and formats are patterns that java.time accepts;
/// - definitions have names that clash with no rule that a property's name makes.
///
/// What needs no change stays as it was written, since some templates show it to the model.
final class GrammarWriter {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Map<String, String> names = new LinkedHashMap<>();
    private final IdentityHashMap<SchemaNode, ObjectNode> sources;

    private GrammarWriter(SchemaDocument document) {
        this.sources = document.sources();
    }

    static ObjectNode write(SchemaDocument document) {
        GrammarWriter writer = new GrammarWriter(document);
        String prefix = freePrefix(document);
        document.definitions().keySet().forEach(pointer -> writer.names.put(pointer, prefix + writer.names.size()));
        ObjectNode root = writer.node(document.root());
        if (!document.definitions().isEmpty()) {
            ObjectNode definitions = root.putObject("$defs");
            writer.names.forEach((pointer, name) ->
                    definitions.set(name, writer.node(document.definition(new SchemaNode.Reference(pointer)))));
        }
        return root;
    }

    /// A word that is in no property's name.
    private static String freePrefix(SchemaDocument document) {
        StringBuilder prefix = new StringBuilder("definition");
        while (mentions(document.root(), prefix)
                || document.definitions().values().stream().anyMatch(node -> mentions(node, prefix))) {
            prefix.append('x');
        }
        return prefix.toString();
    }

    private static boolean mentions(SchemaNode node, CharSequence word) {
        return switch (node) {
            case SchemaNode.Either either -> any(either.alternatives(), word);
            case SchemaNode.Items items -> mentions(items.element(), word);
            case SchemaNode.Tuple tuple -> any(tuple.elements(), word);
            case SchemaNode.Members members ->
                members.properties().keySet().stream().anyMatch(name -> name.contains(word))
                        || any(members.properties().values(), word)
                        || mentions(members.additional(), word);
            default -> false;
        };
    }

    private static boolean any(Collection<SchemaNode> nodes, CharSequence word) {
        return nodes.stream().anyMatch(node -> mentions(node, word));
    }

    private static ObjectNode ofType(String type) {
        return JSON.objectNode().put("type", type);
    }

    /// The source where it says the same, else what is written with the source's description.
    private ObjectNode node(SchemaNode node) {
        ObjectNode written = written(node);
        ObjectNode source = sources.get(node);
        if (source == null) {
            return written;
        }
        ObjectNode bare = JSON.objectNode();
        source.forEachEntry((keyword, value) -> {
            if (!SchemaReader.isAnnotation(keyword)) {
                bare.set(keyword, value);
            }
        });
        if (bare.equals(written)) {
            return source.deepCopy();
        }
        for (String annotation : List.of("title", "description")) {
            if (source.has(annotation)) {
                written.set(annotation, source.get(annotation));
            }
        }
        return written;
    }

    private ObjectNode written(SchemaNode node) {
        return switch (node) {
            case SchemaNode.Anything anything -> JSON.objectNode();
            case SchemaNode.Nothing nothing -> throw new AssertionError("nothing is left out");
            case SchemaNode.Null none -> ofType("null");
            case SchemaNode.Bool bool -> ofType("boolean");
            case SchemaNode.Reference reference ->
                JSON.objectNode().put("$ref", "#/$defs/" + names.get(reference.definition()));
            case SchemaNode.Either either -> {
                ObjectNode schema = JSON.objectNode();
                schema.set("anyOf", nodes(either.alternatives()));
                yield schema;
            }
            case SchemaNode.Values values -> values(values.values(), sources.get(values));
            case SchemaNode.Numeric numeric -> numeric(numeric);
            case SchemaNode.Text text -> text(text);
            case SchemaNode.Items items -> items(items);
            case SchemaNode.Tuple tuple -> {
                ObjectNode schema = ofType("array");
                schema.set("prefixItems", nodes(tuple.elements()));
                yield schema;
            }
            case SchemaNode.Members members -> members(members);
        };
    }

    private ArrayNode nodes(List<SchemaNode> nodes) {
        ArrayNode array = JSON.arrayNode();
        nodes.forEach(node -> array.add(node(node)));
        return array;
    }

    /// A type beside values does nothing, and stays for the reader.
    private static ObjectNode values(List<JsonNode> values, @Nullable ObjectNode source) {
        ObjectNode schema = JSON.objectNode();
        if (source != null && source.path("type").isString()) {
            schema.set("type", source.get("type"));
        }
        if (source == null ? values.size() == 1 : source.has("const")) {
            schema.set("const", values.getFirst());
        } else {
            ArrayNode array = schema.putArray("enum");
            values.forEach(array::add);
        }
        return schema;
    }

    private static ObjectNode numeric(SchemaNode.Numeric numeric) {
        if (!numeric.integral()) {
            return ofType("number");
        }
        ObjectNode schema = ofType("integer");
        if (numeric.minimum() != null || numeric.maximum() != null) {
            schema.put("minimum", TypedReader.lowest(numeric)).put("maximum", TypedReader.highest(numeric));
        }
        return schema;
    }

    private static ObjectNode text(SchemaNode.Text text) {
        int max = text.max() > SchemaLimits.MAX_REPETITION ? SchemaNode.UNBOUNDED : text.max();
        Regex regex = text.pattern();
        if (regex == null && text.format() != null) {
            regex = text.format().generated();
        } else if (regex == null && text.min() > 1) {
            // the compiler counts a pair of \\u escapes as two characters, which are one
            regex = new Regex.Repeat(new Regex.Chars(CharSet.ANY), text.min(), max);
        }
        ObjectNode schema = ofType("string");
        if (regex != null) {
            String pattern = GrammarPattern.of(regex);
            return pattern.equals("^$") ? JSON.objectNode().put("const", "") : schema.put("pattern", pattern);
        }
        return lengths(schema, "minLength", text.min(), "maxLength", max);
    }

    private ObjectNode items(SchemaNode.Items items) {
        ObjectNode schema = ofType("array");
        schema.set("items", node(items.element()));
        int max = items.max() > SchemaLimits.MAX_REPETITION ? SchemaNode.UNBOUNDED : items.max();
        return lengths(schema, "minItems", items.min(), "maxItems", max);
    }

    private static ObjectNode lengths(ObjectNode schema, String minimum, int min, String maximum, int max) {
        if (min > 0) {
            schema.put(minimum, min);
        }
        if (max != SchemaNode.UNBOUNDED) {
            schema.put(maximum, max);
        }
        return schema;
    }

    private ObjectNode members(SchemaNode.Members members) {
        ObjectNode schema = ofType("object");
        if (members.properties().isEmpty() && !(members.additional() instanceof SchemaNode.Nothing)) {
            schema.set("additionalProperties", node(members.additional()));
            return schema;
        }
        ObjectNode properties = schema.putObject("properties");
        members.properties().forEach((name, property) -> {
            if (!(property instanceof SchemaNode.Nothing)) {
                properties.set(name, node(property));
            }
        });
        ArrayNode required = JSON.arrayNode();
        properties.propertyNames().stream().filter(members.required()::contains).forEach(required::add);
        if (!required.isEmpty()) {
            schema.set("required", required);
        }
        if (properties.isEmpty() || sources.getOrDefault(members, schema).has("additionalProperties")) {
            schema.put("additionalProperties", false); // which is what the compiler takes named properties to mean
        }
        return schema;
    }
}
