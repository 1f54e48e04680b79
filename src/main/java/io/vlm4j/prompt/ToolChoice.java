package io.vlm4j.prompt;

/// Whether the model may, must or must not call tools.
public enum ToolChoice {
    AUTO,
    REQUIRED,
    NONE
}
