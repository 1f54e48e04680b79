package io.vlm4j.schema.internal;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A record, sealed interface or enum: written where it stands when it is used once, as a definition when it is used
/// more often, be it by itself.
final class NamedForm implements TypeForm {
    private final String name;
    private @Nullable TypeForm form; // null while it is being made, which is when it may be found in itself
    private int uses;

    NamedForm(String name) {
        this.name = name;
    }

    void become(TypeForm made) {
        form = made;
    }

    NamedForm use() {
        uses++;
        return this;
    }

    String name() {
        return name;
    }

    TypeForm form() {
        return Objects.requireNonNull(form, name);
    }

    @Override
    public ObjectNode schema(Definitions definitions) {
        return uses > 1 ? definitions.reference(this) : form().schema(definitions);
    }

    @Override
    public Object read(JsonNode node, String pointer) {
        return form().read(node, pointer);
    }

    @Override
    public JsonNode write(Object value) {
        return form().write(value);
    }
}
