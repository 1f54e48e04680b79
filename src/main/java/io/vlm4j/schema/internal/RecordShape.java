package io.vlm4j.schema.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.schema.Violation;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A record through its canonical constructor and accessors.
final class RecordShape implements ObjectForm.Shape {
    private final Class<?> type;
    private final Constructor<?> constructor;
    private final Method[] accessors;

    /// @throws IllegalArgumentException when its module keeps it closed
    RecordShape(Class<?> type) {
        this.type = type;
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            constructor = reachable(type.getDeclaredConstructor(types), type);
        } catch (NoSuchMethodException e) {
            throw new AssertionError("every record has a canonical constructor", e);
        }
        accessors = Arrays.stream(components)
                .map(RecordComponent::getAccessor)
                .map(accessor -> reachable(accessor, type))
                .toArray(Method[]::new);
    }

    private static <T extends AccessibleObject> T reachable(T member, Class<?> type) {
        if (!member.trySetAccessible()) {
            throw new IllegalArgumentException(type.getName() + " cannot be reached; write 'opens "
                    + type.getPackageName() + " to "
                    + RecordShape.class.getModule().getName()
                    + ";' into the module-info of " + type.getModule().getName());
        }
        return member;
    }

    @Override
    public Object make(@Nullable Object[] members, String pointer) {
        try {
            return constructor.newInstance(members);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new Vlm4jException.InvalidAnswer(
                    new Violation(pointer, "is refused by " + type.getSimpleName() + ": " + reason(e.getCause()))
                            .toString());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(type + " was reachable before", e);
        }
    }

    @Override
    public @Nullable Object[] members(Object value) {
        @Nullable Object[] members = new Object[accessors.length];
        for (int i = 0; i < members.length; i++) {
            try {
                members[i] = accessors[i].invoke(value);
            } catch (ReflectiveOperationException e) {
                throw new IllegalArgumentException(accessors[i] + " failed", e);
            }
        }
        return members;
    }

    private static String reason(@Nullable Throwable thrown) {
        if (thrown == null) {
            return "no reason";
        }
        String message = thrown.getMessage();
        return message == null || message.isBlank() ? thrown.getClass().getSimpleName() : message;
    }
}
