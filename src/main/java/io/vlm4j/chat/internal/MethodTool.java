package io.vlm4j.chat.internal;

import io.vlm4j.chat.Tool;
import io.vlm4j.chat.ToolMethod;
import io.vlm4j.prompt.ToolDefinition;
import io.vlm4j.schema.JsonBinding;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A method as the work of a tool.
public final class MethodTool implements Tool.Function {
    private final @Nullable Object instance; // null for a static method
    private final Method method;
    private final JsonBinding<@Nullable Object[]> arguments;

    private MethodTool(@Nullable Object instance, Method method) {
        this.instance = instance;
        this.method = method;
        this.arguments = JsonBinding.ofParameters(method);
        if (!method.trySetAccessible()) {
            Class<?> type = method.getDeclaringClass();
            throw new IllegalArgumentException(method + " cannot be reached; write 'opens " + type.getPackageName()
                    + " to " + MethodTool.class.getModule().getName() + ";' into the module-info of "
                    + type.getModule().getName());
        }
    }

    /// The tools of methods, by name, since reflection has no order.
    ///
    /// @throws IllegalArgumentException when two have one name, or one cannot be a tool
    public static List<Tool> all(@Nullable Object instance, List<Method> methods) {
        Map<String, Method> byName = new HashMap<>();
        List<Tool> tools = new ArrayList<>();
        for (Method method : methods) {
            ToolMethod told = method.getAnnotation(ToolMethod.class);
            String name = told.name().isEmpty() ? method.getName() : told.name();
            Method twin = byName.put(name, method);
            if (twin != null) {
                throw new IllegalArgumentException("two methods would be the tool '" + name + "': " + twin + " and "
                        + method + "; give one another name with @ToolMethod(name = ...)");
            }
            MethodTool tool = new MethodTool(instance, method);
            tools.add(new Tool(
                    new ToolDefinition(
                            name, told.value(), tool.arguments.schema().json()),
                    tool));
        }
        tools.sort(Comparator.comparing(Tool::name));
        return List.copyOf(tools);
    }

    @Override
    public String call(String argumentsJson) throws Exception {
        @Nullable Object[] values = ToolArguments.read(arguments, argumentsJson);
        try {
            Object result = method.invoke(instance, values);
            return method.getReturnType() == void.class ? ToolResult.DONE : ToolResult.text(result);
        } catch (InvocationTargetException e) {
            switch (e.getCause()) {
                case Error error -> throw error;
                case Exception exception -> throw exception;
                case null, default -> throw e;
            }
        }
    }
}
