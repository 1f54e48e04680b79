package io.vlm4j.schema.internal;

import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The `$defs` of a schema while it is written.
final class Definitions {
    private final Map<NamedForm, String> names = new HashMap<>();
    private final ObjectNode schemas = JsonNodeFactory.instance.objectNode();

    /// The whole schema of a type.
    static ObjectNode document(TypeForm form) {
        Definitions definitions = new Definitions();
        ObjectNode root = form.schema(definitions);
        if (!definitions.schemas.isEmpty()) {
            root.set("$defs", definitions.schemas);
        }
        return root;
    }

    ObjectNode reference(NamedForm form) {
        String name = names.get(form);
        if (name == null) {
            name = form.name();
            for (int i = 2; schemas.has(name); i++) {
                name = form.name() + i;
            }
            names.put(form, name);
            schemas.putObject(name); // holds the place, so that the order is that of first use
            schemas.set(name, form.form().schema(this));
        }
        return JsonNodeFactory.instance.objectNode().put("$ref", "#/$defs/" + name);
    }
}
