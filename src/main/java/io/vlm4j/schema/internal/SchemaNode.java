package io.vlm4j.schema.internal;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A schema after reading: every keyword in it means something, and none contradicts another.
sealed interface SchemaNode {
    /// No bound above.
    int UNBOUNDED = -1;

    record Anything() implements SchemaNode {}

    record Nothing() implements SchemaNode {}

    record Null() implements SchemaNode {}

    record Bool() implements SchemaNode {}

    /// @param definition where it leads: JSON pointer of a schema in the document
    record Reference(String definition) implements SchemaNode {}

    /// @param exactlyOne `oneOf`: no two may hold
    record Either(List<SchemaNode> alternatives, boolean exactlyOne) implements SchemaNode {
        public Either {
            alternatives = List.copyOf(alternatives);
        }
    }

    /// `enum` or `const`.
    record Values(List<JsonNode> values) implements SchemaNode {
        public Values {
            values = List.copyOf(values);
        }
    }

    /// @param strictMinimum whether the minimum itself is excluded
    record Numeric(
            boolean integral,
            @Nullable BigDecimal minimum,
            boolean strictMinimum,
            @Nullable BigDecimal maximum,
            boolean strictMaximum,
            @Nullable BigDecimal multipleOf)
            implements SchemaNode {}

    /// @param min in code points
    record Text(
            int min,
            int max,
            @Nullable Regex pattern,
            String patternText,
            @Nullable StringFormat format) implements SchemaNode {}

    record Items(SchemaNode element, int min, int max, boolean unique) implements SchemaNode {}

    /// As many elements as there are schemas.
    record Tuple(List<SchemaNode> elements, boolean unique) implements SchemaNode {
        public Tuple {
            elements = List.copyOf(elements);
        }
    }

    /// @param properties in order, the required ones included
    /// @param additional of properties that are not named
    record Members(Map<String, SchemaNode> properties, Set<String> required, SchemaNode additional, int min, int max)
            implements SchemaNode {}
}
