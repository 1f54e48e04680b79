package io.vlm4j.schema;

import io.vlm4j.Vlm4jException;
import io.vlm4j.schema.internal.JavaForm;
import io.vlm4j.schema.internal.StrictJson;
import java.lang.reflect.Executable;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// JSON to values of a Java type and back.
///
/// {@snippet class="io.vlm4j.snippets.SchemaSnippets" region="binding"}
///
/// Records are made by their canonical constructors. One that is not public, or in a package that its module does not
/// export, needs `opens its.package to io.vlm4j;` in that module; on the class path nothing is needed. Immutable;
/// may be used from several threads.
///
/// @param <T> the type
public final class JsonBinding<T> {
    private static final int MAX_TOLD = 5; // violations in one message

    private final JavaForm form;
    private final JsonSchema schema;

    private JsonBinding(JavaForm form) {
        this.form = form;
        this.schema = JsonSchema.parse(form.schemaText());
    }

    /// @throws IllegalArgumentException for a type without a schema (see [JsonSchema#of]) or a closed module
    public static <T> JsonBinding<T> of(Class<T> type) {
        return new JsonBinding<>(JavaForm.of(type));
    }

    /// For types with arguments, such as that of a method's result.
    ///
    /// @throws IllegalArgumentException for a type without a schema (see [JsonSchema#of]) or a closed module
    public static JsonBinding<Object> of(Type type) {
        return new JsonBinding<>(JavaForm.of(type));
    }

    /// A list of what a type describes.
    public static <E> JsonBinding<List<E>> listOf(Class<E> type) {
        return new JsonBinding<>(JavaForm.of(new ListOf(type)));
    }

    /// The arguments of a method or constructor: an object with a property for each parameter.
    ///
    /// @throws IllegalArgumentException when its class was compiled without `-parameters`, or a parameter's type
    ///     has no schema
    public static JsonBinding<@Nullable Object[]> ofParameters(Executable method) {
        return new JsonBinding<>(JavaForm.ofParameters(method));
    }

    public JsonSchema schema() {
        return schema;
    }

    /// Reads a value. Strict: what the schema does not name is an error, and so is what is missing.
    ///
    /// @throws Vlm4jException.InvalidAnswer when the text is no JSON, does not follow the schema, or a constructor
    ///     refuses it; with JSON pointers
    public T read(String json) {
        JsonNode node;
        try {
            node = StrictJson.answer(json);
        } catch (JacksonException e) {
            throw new Vlm4jException.InvalidAnswer("the answer is no JSON: " + StrictJson.reason(e));
        }
        if (node.isMissingNode()) {
            throw new Vlm4jException.InvalidAnswer("the answer is no JSON: it is empty");
        }
        List<Violation> violations = schema.violations(json);
        if (!violations.isEmpty()) {
            throw new Vlm4jException.InvalidAnswer("the answer does not follow the schema: "
                    + violations.stream()
                            .limit(MAX_TOLD)
                            .map(Violation::toString)
                            .collect(Collectors.joining("; ")));
        }
        @SuppressWarnings("unchecked") // the form was made of this type
        T value = (T) form.read(node);
        return value;
    }

    /// Writes a value so that [#read] gives an equal one.
    public String write(T value) {
        return form.write(value);
    }

    private record ListOf(Class<?> element) implements ParameterizedType {
        @Override
        public Type[] getActualTypeArguments() {
            return new Type[] {element};
        }

        @Override
        public Type getRawType() {
            return List.class;
        }

        @Override
        public @Nullable Type getOwnerType() {
            return null;
        }
    }
}
