package io.vlm4j.schema.internal;

import java.lang.reflect.Executable;
import java.lang.reflect.Type;
import tools.jackson.databind.JsonNode;

/// A Java type as JSON, for the API.
///
/// @param schemaText what values look like
public record JavaForm(TypeForm form, String schemaText) {
    /// @throws IllegalArgumentException for a type without a schema
    public static JavaForm of(Type type) {
        return of(TypeForms.of(type));
    }

    /// @throws IllegalArgumentException when parameters have no names or no schema
    public static JavaForm ofParameters(Executable method) {
        return of(TypeForms.ofParameters(method));
    }

    private static JavaForm of(TypeForm form) {
        return new JavaForm(form, StrictJson.write(Definitions.document(form)));
    }

    public Object read(JsonNode node) {
        return form.read(node, "");
    }

    public String write(Object value) {
        return StrictJson.write(form.write(value));
    }
}
