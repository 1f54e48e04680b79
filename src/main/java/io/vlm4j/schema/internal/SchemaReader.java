package io.vlm4j.schema.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.schema.Violation;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads a schema. Keywords that no grammar can follow are refused and not skipped: a schema says what an answer
/// must be, and half of it is another schema.
final class SchemaReader {
    /// What says nothing about values.
    private static final Set<String> ANNOTATIONS = Set.of(
            "title",
            "description",
            "default",
            "example",
            "examples",
            "deprecated",
            "readOnly",
            "writeOnly",
            "$schema",
            "$id",
            "id",
            "$comment",
            "$defs",
            "definitions",
            "contentEncoding",
            "contentMediaType");

    private static final Set<String> TYPES =
            Set.of("null", "boolean", "object", "array", "number", "integer", "string");

    /// The type that each keyword is about.
    static final Map<String, String> SUBJECTS = subjects();

    private static final Set<String> STRUCTURE = Set.of("type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref");

    private static final Map<String, String> REFUSED = refusals();

    private final JsonNode root;
    private final Map<String, SchemaNode> definitions = new LinkedHashMap<>();
    private final Deque<String> todo = new ArrayDeque<>(); // definitions that were referred to and not read yet
    private final Set<String> known = new HashSet<>();
    private final IdentityHashMap<SchemaNode, ObjectNode> sources = new IdentityHashMap<>();
    private final Set<String> unenforced = new LinkedHashSet<>();
    private int schemas;
    private int values;
    private int patterns;
    private long steps;

    private SchemaReader(JsonNode root) {
        this.root = root;
    }

    /// @throws Vlm4jException.InvalidGrammar with the JSON pointer of what cannot be used
    static SchemaDocument read(JsonNode root) {
        SchemaReader reader = new SchemaReader(root);
        SchemaNode node = reader.node(root, "", 0);
        while (!reader.todo.isEmpty()) {
            String pointer = reader.todo.removeFirst();
            reader.definitions.put(pointer, reader.something(reader.at(pointer, pointer), pointer, 0));
        }
        if (node instanceof SchemaNode.Nothing) {
            throw refused("", "is false: no value follows it");
        }
        SchemaDocument document =
                new SchemaDocument(node, reader.definitions, List.copyOf(reader.unenforced), reader.sources);
        new Endings(document).check();
        return document;
    }

    private static Map<String, String> subjects() {
        Map<String, String> subjects = new HashMap<>();
        Map.of(
                        "number", List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
                        "string", List.of("minLength", "maxLength", "pattern", "format"),
                        "array", List.of("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
                        "object",
                                List.of(
                                        "properties",
                                        "required",
                                        "additionalProperties",
                                        "minProperties",
                                        "maxProperties"))
                .forEach((type, keywords) -> keywords.forEach(keyword -> subjects.put(keyword, type)));
        return Map.copyOf(subjects);
    }

    private static Map<String, String> refusals() {
        Map<String, String> reasons = new HashMap<>();
        for (String keyword : List.of(
                "not",
                "if",
                "then",
                "else",
                "dependentRequired",
                "dependentSchemas",
                "dependencies",
                "patternProperties",
                "propertyNames",
                "unevaluatedProperties",
                "unevaluatedItems",
                "contains",
                "minContains",
                "maxContains",
                "additionalItems")) {
            reasons.put(keyword, "cannot be expressed as a grammar");
        }
        for (String keyword : List.of(
                "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary")) {
            reasons.put(keyword, "is not supported; refer to a schema by \"$ref\": \"#/$defs/...\"");
        }
        reasons.put("nullable", "is OpenAPI's and no keyword of JSON schemas; use \"type\": [..., \"null\"]");
        return Map.copyOf(reasons);
    }

    static Vlm4jException.InvalidGrammar refused(String pointer, String reason) {
        return new Vlm4jException.InvalidGrammar("the JSON schema cannot be used: #" + pointer + " " + reason);
    }

    SchemaNode node(JsonNode schema, String pointer, int depth) {
        if (depth > SchemaLimits.MAX_DEPTH) {
            throw refused(pointer, "is nested more than " + SchemaLimits.MAX_DEPTH + " schemas deep");
        }
        if (++schemas > SchemaLimits.MAX_SCHEMAS) {
            throw refused(pointer, "is one schema too many; at most " + SchemaLimits.MAX_SCHEMAS + " are allowed");
        }
        if (schema.isBoolean()) {
            return schema.booleanValue() ? new SchemaNode.Anything() : new SchemaNode.Nothing();
        }
        if (!(schema instanceof ObjectNode object)) {
            throw refused(pointer, "must be a schema, that is an object");
        }
        SchemaNode node = object(object, pointer, depth);
        sources.put(node, object);
        return node;
    }

    private SchemaNode object(ObjectNode schema, String pointer, int depth) {
        Set<String> said = assertions(schema, pointer);
        if (said.contains("$ref")) {
            alone("$ref", said, pointer);
            return reference(schema.get("$ref"), pointer + "/$ref");
        }
        if (said.contains("allOf")) {
            alone("allOf", said, pointer);
            JsonNode parts = schema.get("allOf");
            if (!parts.isArray() || parts.size() != 1) {
                throw refused(pointer + "/allOf", "must be one schema; several cannot be expressed, put them into one");
            }
            return node(parts.get(0), pointer + "/allOf/0", depth + 1);
        }
        for (String keyword : List.of("anyOf", "oneOf")) {
            if (said.contains(keyword)) {
                alone(keyword, said, pointer);
                return either(schema.get(keyword), keyword, pointer + "/" + keyword, depth);
            }
        }
        return typed(schema, said, pointer, depth);
    }

    private static void alone(String keyword, Set<String> said, String pointer) {
        Set<String> others = new TreeSet<>(said);
        others.remove(keyword);
        if (!others.isEmpty()) {
            throw refused(pointer, "has " + others + " beside '" + keyword + "', of which only one can be followed");
        }
    }

    static boolean isAnnotation(String keyword) {
        return ANNOTATIONS.contains(keyword) || keyword.startsWith("x-");
    }

    /// The keywords of a schema that say something about values.
    private static Set<String> assertions(JsonNode schema, String pointer) {
        Set<String> said = new HashSet<>();
        for (String keyword : schema.propertyNames()) {
            if (STRUCTURE.contains(keyword) || SUBJECTS.containsKey(keyword)) {
                said.add(keyword);
            } else if (REFUSED.containsKey(keyword)) {
                throw refused(Pointers.child(pointer, keyword), REFUSED.get(keyword));
            } else if (!isAnnotation(keyword)) {
                throw refused(Pointers.child(pointer, keyword), "is no known keyword");
            }
        }
        return said;
    }

    private SchemaNode either(JsonNode alternatives, String keyword, String pointer, int depth) {
        if (!alternatives.isArray() || alternatives.isEmpty()) {
            throw refused(pointer, "must be an array of at least one schema");
        }
        bounded(alternatives.size(), SchemaLimits.MAX_ALTERNATIVES, "alternatives", pointer);
        List<SchemaNode> nodes = new ArrayList<>();
        for (int i = 0; i < alternatives.size(); i++) {
            nodes.add(something(alternatives.get(i), pointer + "/" + i, depth + 1));
        }
        boolean exactlyOne = keyword.equals("oneOf") && nodes.size() > 1;
        if (exactlyOne) {
            unenforced(pointer);
        }
        return new SchemaNode.Either(nodes, exactlyOne);
    }

    /// Notes a keyword that a grammar cannot follow.
    void unenforced(String pointer) {
        unenforced.add(pointer);
    }

    /// Counts what the grammar gets longer by.
    void steps(long count, String pointer) {
        steps += count;
        if (steps > SchemaLimits.MAX_STEPS) {
            throw refused(
                    pointer,
                    "makes the grammar too large: with all bounds and patterns before it, " + steps + " steps, where "
                            + SchemaLimits.MAX_STEPS + " are allowed");
        }
    }

    void pattern(Regex regex, String pointer) {
        bounded(++patterns, SchemaLimits.MAX_PATTERNS, "patterns and formats before it", pointer);
        steps(regex.size(), pointer);
    }

    /// A schema that some value follows.
    SchemaNode something(JsonNode schema, String pointer, int depth) {
        SchemaNode node = node(schema, pointer, depth);
        if (node instanceof SchemaNode.Nothing) {
            throw refused(pointer, "is false: no value can be here");
        }
        return node;
    }

    static void bounded(int count, int limit, String what, String pointer) {
        if (count > limit) {
            throw refused(pointer, "has " + count + " " + what + "; at most " + limit + " are allowed");
        }
    }

    private SchemaNode typed(JsonNode schema, Set<String> said, String pointer, int depth) {
        TypedReader reader = new TypedReader(this, schema, pointer, depth);
        List<SchemaNode> nodes = new ArrayList<>();
        for (String type : types(schema, said, pointer)) {
            nodes.add(reader.ofType(type));
        }
        SchemaNode node = switch (nodes.size()) {
            case 0 -> new SchemaNode.Anything();
            case 1 -> nodes.getFirst();
            default -> new SchemaNode.Either(nodes, false);
        };
        if (!said.contains("enum") && !said.contains("const")) {
            return node;
        }
        return values(schema, said, node, pointer);
    }

    private SchemaNode values(JsonNode schema, Set<String> said, SchemaNode others, String pointer) {
        if (said.contains("enum") && said.contains("const")) {
            throw refused(pointer, "has both 'enum' and 'const'");
        }
        String at = pointer + (said.contains("const") ? "/const" : "/enum");
        JsonNode given = schema.get(said.contains("const") ? "const" : "enum");
        if (said.contains("enum") && (!given.isArray() || given.isEmpty())) {
            throw refused(at, "must be an array of at least one value");
        }
        List<JsonNode> allowed =
                said.contains("const") ? List.of(given) : given.valueStream().toList();
        bounded(allowed.size(), SchemaLimits.MAX_ALTERNATIVES, "values", at);
        values += allowed.size();
        bounded(values, SchemaLimits.MAX_VALUES, "values with all those before it", at);
        Validator rest = new Validator(SchemaDocument.of(others));
        for (int i = 0; i < allowed.size(); i++) {
            List<Violation> contradictions = rest.violations(allowed.get(i));
            String place = said.contains("const") ? at : at + "/" + i;
            if (!contradictions.isEmpty()) {
                throw refused(place, "contradicts the rest of its schema: " + contradictions.getFirst());
            }
            if (!Numbers.areExact(allowed.get(i))) {
                throw refused(place, "has a number of more digits than can be written");
            }
        }
        return new SchemaNode.Values(allowed);
    }

    /// The types that a schema names, or the one that its keywords are about; none when it says nothing.
    private static Set<String> types(JsonNode schema, Set<String> said, String pointer) {
        Set<String> types = new TreeSet<>();
        JsonNode type = schema.path("type");
        if (type.isString()) {
            types.add(type.stringValue());
        } else if (type.isArray() && !type.isEmpty()) {
            for (JsonNode each : type) {
                types.add(each.asString(""));
            }
        } else if (!type.isMissingNode()) {
            throw refused(pointer + "/type", "must be a type or an array of at least one");
        } else {
            said.stream().filter(SUBJECTS::containsKey).map(SUBJECTS::get).forEach(types::add);
            if (types.size() > 1) {
                throw refused(pointer, "has no 'type', and keywords of several: " + types);
            }
        }
        for (String each : types) {
            if (!TYPES.contains(each)) {
                throw refused(pointer + "/type", "'" + each + "' is none of " + new TreeSet<>(TYPES));
            }
        }
        if (types.contains("number")) {
            types.remove("integer");
        }
        return types;
    }

    private SchemaNode reference(JsonNode value, String pointer) {
        String text = value.asString("");
        if (!text.equals("#") && !text.startsWith("#/")) {
            throw refused(pointer, "must point into this document (#/...), not to " + value);
        }
        String target;
        try {
            target = URLDecoder.decode(text.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw refused(pointer, "is no URI: " + e.getMessage());
        }
        at(target, pointer);
        if (known.add(target)) {
            todo.add(target);
        }
        return new SchemaNode.Reference(target);
    }

    private JsonNode at(String target, String pointer) {
        JsonNode found = root;
        String[] names = target.split("/", -1);
        for (int i = 1; i < names.length; i++) {
            String name = names[i].replace("~1", "/").replace("~0", "~");
            found = found.isArray() && name.matches("[0-9]{1,6}")
                    ? found.path(Integer.parseInt(name))
                    : found.path(name);
        }
        if (!found.isObject() && !found.isBoolean()) {
            throw refused(pointer, "leads to no schema: #" + target);
        }
        return found;
    }
}
