package io.vlm4j.schema.internal;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// A schema with what it refers to.
///
/// @param definitions by JSON pointer
/// @param unenforced  JSON pointers of keywords that a grammar cannot follow
/// @param sources     what the nodes were read from, by identity
record SchemaDocument(
        SchemaNode root,
        Map<String, SchemaNode> definitions,
        List<String> unenforced,
        IdentityHashMap<SchemaNode, ObjectNode> sources) {
    /// A part of a document; what it refers to may be anything.
    static SchemaDocument of(SchemaNode root) {
        return new SchemaDocument(root, Map.of(), List.of(), new IdentityHashMap<>());
    }

    SchemaNode definition(SchemaNode.Reference reference) {
        return definitions.getOrDefault(reference.definition(), new SchemaNode.Anything());
    }
}
