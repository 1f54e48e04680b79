package io.vlm4j.schema.internal;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A Java type as JSON: its schema, and values read and written.
interface TypeForm {
    /// @param definitions takes the schemas of types that are used more than once
    ObjectNode schema(Definitions definitions);

    /// @param node    follows the schema
    /// @param pointer where it is in the text, for messages
    /// @throws io.vlm4j.Vlm4jException.InvalidAnswer when the value cannot be had all the same: a number too large, a
    ///     record's constructor that refuses
    Object read(JsonNode node, String pointer);

    JsonNode write(Object value);
}
