package io.vlm4j.prompt.internal;

import io.vlm4j.Vlm4jException.InvalidGrammar;
import java.util.HashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Bounds of what the tools of one request ask of llama.cpp, which makes a grammar of their parameters: it calls itself
/// for each level of a schema, goes through names by recursion, and its work grows with the third power of the
/// properties that may be missing. Unlike a schema for answers, parameters may have any keyword: what a grammar cannot
/// express is left out of it.
///
/// Source: `common_schema_converter` of json-schema-to-grammar.cpp.
final class ToolLimits {
    /// Most characters of the parameters of all tools.
    static final int MAX_LENGTH = 1 << 20;

    /// Most levels of one tool's parameters, what they refer to included; 20,000 are too many for 16 MiB of stack.
    static final int MAX_LEVELS = 4000;

    /// Most characters of a name or a reference.
    static final int MAX_NAME = 256;

    /// Most steps for the properties that may be missing, of some 10 ns.
    static final long MAX_STEPS = 100_000_000;

    private int length;
    private long steps;

    /// @throws InvalidGrammar when the tool is too much, by itself or with those before
    void add(String tool, String text, JsonNode parameters) {
        length += Math.min(text.length(), MAX_LENGTH + 1 - length);
        if (length > MAX_LENGTH) {
            throw refused(tool, "with those of the tools before are longer than " + MAX_LENGTH + " characters");
        }
        Set<String> references = new HashSet<>();
        long levels = Math.multiplyExact(levels(tool, parameters, references), references.size() + 1L);
        if (levels > MAX_LEVELS) {
            throw refused(tool, "may be " + levels + " levels deep with what they refer to, more than " + MAX_LEVELS);
        }
    }

    /// As deep as JsonText lets it be.
    private int levels(String tool, JsonNode node, Set<String> references) {
        if (node.isObject()) {
            JsonNode reference = node.path("$ref");
            if (reference.isString()) {
                checkName(tool, reference.stringValue());
                references.add(reference.stringValue());
            }
            countSteps(tool, node);
            node.propertyNames().forEach(name -> checkName(tool, name));
        }
        int deepest = 0;
        for (JsonNode child : node) {
            deepest = Math.max(deepest, levels(tool, child, references));
        }
        return deepest + 1;
    }

    private static void checkName(String tool, String name) {
        if (name.length() > MAX_NAME) {
            throw refused(
                    tool,
                    "have a name or reference of " + name.length() + " characters, more than " + MAX_NAME + ": "
                            + name.substring(0, 40) + "…");
        }
    }

    private void countSteps(String tool, JsonNode schema) {
        JsonNode properties = schema.path("properties");
        Set<String> required = new HashSet<>();
        schema.path("required").forEach(name -> required.add(name.asString("")));
        long optional = properties.propertyNames().stream()
                .filter(name -> !required.contains(name))
                .count();
        steps += optional * optional * optional;
        if (steps > MAX_STEPS) {
            throw refused(tool, "have too many properties that may be missing, in one object up to " + optional);
        }
    }

    private static InvalidGrammar refused(String tool, String reason) {
        return new InvalidGrammar("the parameters of tool '" + tool + "' " + reason);
    }
}
