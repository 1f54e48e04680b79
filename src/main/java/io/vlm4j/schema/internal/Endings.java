package io.vlm4j.schema.internal;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// Whether what refers to itself can come to an end, and native code to the end of it.
final class Endings {
    private final SchemaDocument document;
    private final Set<String> ending = new HashSet<>();
    private final Map<String, Integer> chains = new HashMap<>();
    private final Set<String> visited = new HashSet<>();

    Endings(SchemaDocument document) {
        this.document = document;
    }

    void check() {
        document.definitions().keySet().forEach(definition -> chain(definition, 0));
        findEnding();
        for (String definition : document.definitions().keySet()) {
            if (!ending.contains(definition)) {
                throw SchemaReader.refused(
                        definition, "can never end: every value of it must have another of its kind inside");
            }
        }
        descend(document.root(), 0);
    }

    /// How many references follow each other without anything of a value between them.
    private int chain(String definition, int above) {
        if (above > SchemaLimits.MAX_CHAIN) {
            throw SchemaReader.refused(
                    definition,
                    "refers to itself, or more than " + SchemaLimits.MAX_CHAIN
                            + " references far, with nothing between");
        }
        Integer known = chains.get(definition);
        if (known != null) {
            return known;
        }
        List<String> next = new ArrayList<>();
        direct(document.definition(new SchemaNode.Reference(definition)), next);
        int longest = 0;
        for (String each : next) {
            longest = Math.max(longest, 1 + chain(each, above + 1));
        }
        if (above + longest > SchemaLimits.MAX_CHAIN) {
            throw SchemaReader.refused(
                    definition,
                    "leads through more than " + SchemaLimits.MAX_CHAIN + " references with nothing between");
        }
        chains.put(definition, longest);
        return longest;
    }

    private static void direct(SchemaNode node, List<String> found) {
        switch (node) {
            case SchemaNode.Reference reference -> found.add(reference.definition());
            case SchemaNode.Either either -> either.alternatives().forEach(each -> direct(each, found));
            default -> {}
        }
    }

    private void findEnding() {
        boolean more = true;
        while (more) {
            more = false;
            for (Map.Entry<String, SchemaNode> entry : document.definitions().entrySet()) {
                if (!ending.contains(entry.getKey()) && ends(entry.getValue())) {
                    more = ending.add(entry.getKey());
                }
            }
        }
    }

    private boolean ends(SchemaNode node) {
        return switch (node) {
            case SchemaNode.Nothing nothing -> false;
            case SchemaNode.Reference reference -> ending.contains(reference.definition());
            case SchemaNode.Either either -> either.alternatives().stream().anyMatch(this::ends);
            case SchemaNode.Items items -> items.min() == 0 || ends(items.element());
            case SchemaNode.Tuple tuple -> tuple.elements().stream().allMatch(this::ends);
            case SchemaNode.Members members ->
                members.properties().entrySet().stream()
                                .filter(each -> members.required().contains(each.getKey()))
                                .allMatch(each -> ends(each.getValue()))
                        && (members.min() <= members.properties().size() || ends(members.additional()));
            default -> true;
        };
    }

    /// Goes through the document as the grammar's compiler does: what is referred to where it is first met.
    private void descend(SchemaNode node, int depth) {
        if (depth > SchemaLimits.MAX_DEPTH_WITH_REFERENCES) {
            throw SchemaReader.refused(
                    "",
                    "is, with what it refers to, nested more than " + SchemaLimits.MAX_DEPTH_WITH_REFERENCES
                            + " schemas deep");
        }
        children(node).forEach(child -> descend(child, depth + 1));
    }

    private Stream<SchemaNode> children(SchemaNode node) {
        return switch (node) {
            case SchemaNode.Reference reference ->
                visited.add(reference.definition()) ? Stream.of(document.definition(reference)) : Stream.of();
            case SchemaNode.Either either -> either.alternatives().stream();
            case SchemaNode.Items items -> Stream.of(items.element());
            case SchemaNode.Tuple tuple -> tuple.elements().stream();
            case SchemaNode.Members members ->
                Stream.concat(members.properties().values().stream(), Stream.of(members.additional()));
            default -> Stream.of();
        };
    }
}
