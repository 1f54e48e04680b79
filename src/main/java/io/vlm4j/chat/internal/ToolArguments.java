package io.vlm4j.chat.internal;

import io.vlm4j.schema.JsonBinding;
import io.vlm4j.schema.Violation;
import java.util.List;
import java.util.stream.Collectors;

/// What a model wrote as the arguments of a call.
public final class ToolArguments {
    private static final int MAX_TOLD = 10; // violations in one message

    private ToolArguments() {}

    /// @throws IllegalArgumentException with a message for the model when they do not follow the schema
    public static <T> T read(JsonBinding<T> binding, String json) {
        String given = json.isBlank() ? "{}" : json; // some formats leave empty arguments out
        List<Violation> violations = binding.schema().violations(given);
        if (!violations.isEmpty()) {
            throw new IllegalArgumentException("wrong arguments: "
                    + violations.stream()
                            .limit(MAX_TOLD)
                            .map(Violation::toString)
                            .collect(Collectors.joining("; ")));
        }
        return binding.read(given);
    }
}
