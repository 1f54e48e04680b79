package io.vlm4j.prompt;

import java.util.Locale;

/// Who speaks in a conversation.
public enum Role {
    SYSTEM,
    USER,
    ASSISTANT,
    /// The result of a tool.
    TOOL;

    /// The name that chat templates know.
    public String templateName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
