package io.vlm4j.schema.internal;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A record, or the parameters of a method: an object with exactly these members.
final class ObjectForm implements TypeForm {
    /// What becomes of a member that the text leaves out.
    enum Absence {
        /// It may not.
        REFUSED,
        /// The empty [Optional].
        EMPTY,
        /// `null`.
        NULL
    }

    record Member(
            String name,
            TypeForm form,
            Absence absence,
            @Nullable String description) {}

    /// Makes the value of its members, and takes it apart.
    interface Shape {
        Object make(@Nullable Object[] members, String pointer);

        @Nullable
        Object[] members(Object value);
    }

    private final @Nullable String description;
    private final List<Member> members;
    private final Shape shape;

    ObjectForm(@Nullable String description, List<Member> members, Shape shape) {
        this.description = description;
        this.members = List.copyOf(members);
        this.shape = shape;
    }

    boolean has(String name) {
        return members.stream().anyMatch(member -> member.name().equals(name));
    }

    @Override
    public ObjectNode schema(Definitions definitions) {
        return schema(definitions, null);
    }

    /// @param tag a property that tells this type from others
    ObjectNode schema(Definitions definitions, @Nullable Tag tag) {
        ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "object");
        if (description != null) {
            schema.put("description", description);
        }
        ObjectNode properties = schema.putObject("properties");
        ArrayNode required = JsonNodeFactory.instance.arrayNode();
        if (tag != null) {
            properties.putObject(tag.name()).put("const", tag.value());
            required.add(tag.name());
        }
        for (Member member : members) {
            ObjectNode property = member.form().schema(definitions);
            if (member.description() != null) {
                property.put("description", member.description());
            }
            properties.set(member.name(), property);
            if (member.absence() == Absence.REFUSED) {
                required.add(member.name());
            }
        }
        if (!required.isEmpty()) {
            schema.set("required", required);
        }
        return schema.put("additionalProperties", false);
    }

    @Override
    public Object read(JsonNode node, String pointer) {
        @Nullable Object[] values = new Object[members.size()];
        for (int i = 0; i < values.length; i++) {
            Member member = members.get(i);
            JsonNode value = node.path(member.name());
            Object read =
                    value.isMissingNode() ? null : member.form().read(value, Pointers.child(pointer, member.name()));
            values[i] = member.absence() == Absence.EMPTY ? Optional.ofNullable(read) : read;
        }
        return shape.make(values, pointer);
    }

    @Override
    public ObjectNode write(Object value) {
        return write(value, JsonNodeFactory.instance.objectNode());
    }

    ObjectNode write(Object value, ObjectNode onto) {
        @Nullable Object[] values = shape.members(value);
        for (int i = 0; i < values.length; i++) {
            Object written = values[i] instanceof Optional<?> optional ? optional.orElse(null) : values[i];
            if (written != null) {
                onto.set(members.get(i).name(), members.get(i).form().write(written));
            }
        }
        return onto;
    }

    record Tag(String name, String value) {}
}
