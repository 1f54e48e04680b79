package io.vlm4j.schema.internal;

import io.vlm4j.schema.Description;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Executable;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Finds out how Java types look as JSON.
final class TypeForms {
    /// Generic records may go on making ever larger types.
    private static final int MAX_TYPES = 200;

    private static final String SUPPORTED =
            "supported are records, sealed interfaces of records, enums, String, numbers,"
                    + " boolean, java.time's LocalDate, LocalTime, LocalDateTime, OffsetDateTime, Instant and Duration, URI, UUID,"
                    + " and List, Set, arrays and Map<String, ...> of these";

    private final Map<JavaType, NamedForm> named = new HashMap<>();

    private TypeForms() {}

    /// @throws IllegalArgumentException for a type without a schema, with the path of components that leads to it
    static TypeForm of(Type type) {
        JavaType java = JavaType.of(type, type.getTypeName(), Map.of());
        return new TypeForms().form(java, Bounds.NONE, java.raw().getSimpleName());
    }

    /// The parameters of a method or constructor as an object.
    static ObjectForm ofParameters(Executable method) {
        String path = method.getDeclaringClass().getSimpleName() + "." + method.getName();
        TypeForms forms = new TypeForms();
        List<ObjectForm.Member> members = new ArrayList<>();
        for (Parameter parameter : method.getParameters()) {
            if (!parameter.isNamePresent()) {
                throw new IllegalArgumentException(
                        path
                                + ": the names of parameters are not in the class file; compile with -parameters, or take the arguments as a record");
            }
            members.add(forms.member(
                    parameter.getName(),
                    parameter.getParameterizedType(),
                    parameter.getAnnotatedType(),
                    parameter,
                    Map.of(),
                    path + "." + parameter.getName()));
        }
        return new ObjectForm(null, members, new ParameterShape());
    }

    private TypeForm form(JavaType type, Bounds bounds, String path) {
        Class<?> raw = type.raw();
        Optional<ScalarForm> scalar = Scalars.of(raw);
        if (scalar.isPresent()) {
            return bounds.onto(scalar.get());
        }
        if (raw.isArray()) {
            JavaType element = type.arguments().isEmpty()
                    ? new JavaType(raw.getComponentType(), List.of())
                    : type.arguments().getFirst();
            return ArrayForm.array(form(element, Bounds.NONE, path + "[]"), raw.getComponentType(), bounds.ofItems());
        }
        if (raw == List.class || raw == Collection.class) {
            return ArrayForm.list(element(type, path), bounds.ofItems());
        }
        if (raw == Set.class) {
            return ArrayForm.set(element(type, path), bounds.ofItems());
        }
        bounds.refuseAll();
        if (raw == Map.class) {
            return map(type, path);
        }
        if (raw == Optional.class) {
            throw new IllegalArgumentException(path + ": Optional is for components of records and for parameters");
        }
        if (raw.isRecord() || raw.isEnum() || raw.isSealed()) {
            return named(type, path);
        }
        throw new IllegalArgumentException(path + ": " + raw.getName() + " has no JSON schema; " + SUPPORTED);
    }

    private TypeForm element(JavaType type, String path) {
        type.variables(path);
        return form(type.arguments().getFirst(), Bounds.NONE, path + "[]");
    }

    private TypeForm map(JavaType type, String path) {
        type.variables(path);
        if (type.arguments().getFirst().raw() != String.class) {
            throw new IllegalArgumentException(path + ": the keys of a map must be String, not "
                    + type.arguments().getFirst().raw().getName());
        }
        return new MapForm(form(type.arguments().getLast(), Bounds.NONE, path + "{}"));
    }

    private NamedForm named(JavaType type, String path) {
        NamedForm known = named.get(type);
        if (known != null) {
            return known.use();
        }
        if (named.size() >= MAX_TYPES) {
            throw new IllegalArgumentException(path + ": more than " + MAX_TYPES + " types");
        }
        NamedForm form = new NamedForm(type.simpleName());
        named.put(type, form);
        form.become(make(type, path));
        return form.use();
    }

    private TypeForm make(JavaType type, String path) {
        Class<?> raw = type.raw();
        if (raw.isEnum()) {
            return new EnumForm(raw);
        }
        if (raw.isRecord()) {
            return record(type, path);
        }
        Map<Class<?>, ObjectForm> records = new LinkedHashMap<>();
        leaves(raw, path)
                .forEach(leaf ->
                        records.put(leaf, record(new JavaType(leaf, List.of()), path + "." + leaf.getSimpleName())));
        return new SealedForm(raw, records);
    }

    private static List<Class<?>> leaves(Class<?> type, String path) {
        return Arrays.stream(type.getPermittedSubclasses())
                .flatMap(permitted -> {
                    if (permitted.isRecord()) {
                        return Stream.of(permitted);
                    }
                    if (permitted.isSealed()) {
                        return leaves(permitted, path).stream();
                    }
                    throw new IllegalArgumentException(path + ": " + type.getName() + " permits " + permitted.getName()
                            + ", which is no record and no sealed interface");
                })
                .distinct()
                .toList();
    }

    private ObjectForm record(JavaType type, String path) {
        RecordShape shape = new RecordShape(type.raw());
        Map<TypeVariable<?>, JavaType> variables = type.variables(path);
        List<ObjectForm.Member> members = new ArrayList<>();
        for (RecordComponent component : type.raw().getRecordComponents()) {
            members.add(member(
                    component.getName(),
                    component.getGenericType(),
                    component.getAnnotatedType(),
                    component,
                    variables,
                    path + "." + component.getName()));
        }
        return new ObjectForm(description(type.raw()), members, shape);
    }

    private ObjectForm.Member member(
            String name,
            Type type,
            AnnotatedType annotated,
            AnnotatedElement site,
            Map<TypeVariable<?>, JavaType> variables,
            String path) {
        JavaType java = JavaType.of(type, path, variables);
        ObjectForm.Absence absence = ObjectForm.Absence.REFUSED;
        if (java.raw() == Optional.class) {
            java.variables(path);
            java = java.arguments().getFirst();
            absence = ObjectForm.Absence.EMPTY;
        } else if (isNullable(annotated) || isNullable(site)) {
            absence = ObjectForm.Absence.NULL;
        }
        TypeForm form = form(java, Bounds.of(site, path), path);
        return new ObjectForm.Member(name, form, absence, description(site));
    }

    /// Any annotation of that name: there are many, and none need be there when the program runs.
    private static boolean isNullable(AnnotatedElement site) {
        return Arrays.stream(site.getAnnotations())
                .anyMatch(annotation ->
                        annotation.annotationType().getSimpleName().equals("Nullable"));
    }

    private static @Nullable String description(AnnotatedElement site) {
        Description description = site.getAnnotation(Description.class);
        return description == null ? null : description.value();
    }

    /// Parameters are the array that a method is called with.
    private record ParameterShape() implements ObjectForm.Shape {
        @Override
        public Object make(@Nullable Object[] members, String pointer) {
            return members;
        }

        @Override
        public @Nullable Object[] members(Object value) {
            return (@Nullable Object[]) value;
        }
    }
}
