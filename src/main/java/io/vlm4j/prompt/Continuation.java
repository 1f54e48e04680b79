package io.vlm4j.prompt;

/// Whether the model goes on with the conversation's last message, an assistant's, instead of beginning a new one.
public enum Continuation {
    /// A new message.
    NONE,
    /// With its reasoning or its text, whichever it ends in.
    AUTO,
    /// With its text.
    CONTENT,
    /// With its reasoning.
    REASONING
}
