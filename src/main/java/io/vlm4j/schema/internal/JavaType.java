package io.vlm4j.schema.internal;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// A type without variables: a class, and its arguments if it has any.
record JavaType(Class<?> raw, List<JavaType> arguments) {
    /// @param path  where the type is mentioned, for messages
    /// @param bound what variables stand for
    static JavaType of(Type type, String path, Map<TypeVariable<?>, JavaType> bound) {
        return switch (type) {
            case Class<?> plain -> new JavaType(plain, List.of());
            case ParameterizedType applied -> {
                List<JavaType> arguments = new ArrayList<>();
                for (Type argument : applied.getActualTypeArguments()) {
                    arguments.add(of(argument, path, bound));
                }
                yield new JavaType((Class<?>) applied.getRawType(), List.copyOf(arguments));
            }
            case TypeVariable<?> variable -> {
                JavaType known = bound.get(variable);
                if (known == null) {
                    throw new IllegalArgumentException(
                            path + ": " + variable + " is no type that is known when the program runs");
                }
                yield known;
            }
            case WildcardType wildcard -> of(wildcard.getUpperBounds()[0], path, bound);
            case GenericArrayType array -> {
                JavaType element = of(array.getGenericComponentType(), path, bound);
                yield new JavaType(element.raw().arrayType(), List.of(element));
            }
            default -> throw new IllegalArgumentException(path + ": " + type + " is no type with a JSON schema");
        };
    }

    /// What this type's variables stand for.
    Map<TypeVariable<?>, JavaType> variables(String path) {
        TypeVariable<?>[] parameters = raw.getTypeParameters();
        if (parameters.length != arguments.size()) {
            throw new IllegalArgumentException(path + ": " + raw.getName() + " needs its type arguments");
        }
        Map<TypeVariable<?>, JavaType> variables = new HashMap<>();
        for (int i = 0; i < parameters.length; i++) {
            variables.put(parameters[i], arguments.get(i));
        }
        return variables;
    }

    String simpleName() {
        return arguments.isEmpty()
                ? raw.getSimpleName()
                : raw.getSimpleName() + "Of"
                        + arguments.stream().map(JavaType::simpleName).collect(Collectors.joining("And"));
    }
}
