package io.vlm4j.chat;

import io.vlm4j.chat.internal.MethodTool;
import io.vlm4j.chat.internal.ToolArguments;
import io.vlm4j.chat.internal.ToolResult;
import io.vlm4j.prompt.ToolDefinition;
import io.vlm4j.schema.JsonBinding;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Tools made of Java methods.
///
/// {@snippet class="io.vlm4j.snippets.ChatSnippets" region="tools"}
///
/// The schema of the arguments comes from the parameters: their names (compile with `-parameters`), their types (see
/// [io.vlm4j.schema.JsonSchema#of]), and [io.vlm4j.schema.Description], [io.vlm4j.schema.Range] and the like on them. A
/// parameter that is an [java.util.Optional] or `@Nullable` may be left out.
///
/// Arguments are checked before the call; what is wrong with them is told to the model, and so is the message of an
/// exception. A result that is a `String` is told as it is, any other as JSON.
///
/// A tool is called on the thread that reads the conversation. Classes outside the class path's module must be
/// reachable: public in an exported package, or `opens` to `io.vlm4j`.
public final class Tools {
    private Tools() {}

    /// The tools of an object: its public methods with [ToolMethod], static ones included, by name.
    ///
    /// @throws IllegalArgumentException when there is none, two have one name, or one cannot be a tool: it is not
    ///     public, its parameters have no names or no schema
    public static List<Tool> of(Object instance) {
        if (instance instanceof Class<?> type) {
            throw new IllegalArgumentException(
                    "the static methods of " + type.getName() + " are the tools of ofStatic, not of");
        }
        return ofMethods(instance.getClass(), instance, methods(instance.getClass()));
    }

    /// The tools of a class: its public static methods with [ToolMethod], by name.
    ///
    /// @throws IllegalArgumentException as [#of(Object)]
    public static List<Tool> ofStatic(Class<?> type) {
        return ofMethods(type, null, methods(type).filter(method -> Modifier.isStatic(method.getModifiers())));
    }

    /// A tool of a function whose arguments are the components of a record.
    ///
    /// @throws IllegalArgumentException when the name is no tool's, or the record has no schema
    public static <R> Tool of(String name, String description, Class<R> arguments, Function<R, ?> function) {
        if (!arguments.isRecord()) {
            throw new IllegalArgumentException(
                    "the arguments of tool '" + name + "' must be a record, not " + arguments.getName());
        }
        JsonBinding<R> binding = JsonBinding.of(arguments);
        return new Tool(
                new ToolDefinition(name, description, binding.schema().json()),
                json -> ToolResult.text(function.apply(ToolArguments.read(binding, json))));
    }

    private static Stream<Method> methods(Class<?> type) {
        for (Class<?> declaring = type; declaring != null; declaring = declaring.getSuperclass()) {
            for (Method method : declaring.getDeclaredMethods()) {
                if (method.isAnnotationPresent(ToolMethod.class) && !Modifier.isPublic(method.getModifiers())) {
                    throw new IllegalArgumentException(method + " is annotated as a tool and is not public");
                }
            }
        }
        return Arrays.stream(type.getMethods())
                .filter(method -> method.isAnnotationPresent(ToolMethod.class) && !method.isBridge());
    }

    private static List<Tool> ofMethods(Class<?> type, @Nullable Object instance, Stream<Method> methods) {
        List<Tool> tools = MethodTool.all(instance, methods.toList());
        if (tools.isEmpty()) {
            throw new IllegalArgumentException(type.getName() + " has no public method with @ToolMethod");
        }
        return tools;
    }
}
